#!/usr/bin/env python
"""Predict house prices with gradient boosting."""

import argparse

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import train_test_split


def get_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="data/houses.csv", help="path of the CSV file")
    parser.add_argument("--learning-rate", type=float, default=0.1, help="shrinkage")
    parser.add_argument("--num-leaves", type=int, default=31, help="leaves of a tree")
    parser.add_argument("--max-iter", type=int, default=60, help="number of trees")
    parser.add_argument("--l2", type=float, default=0.0, help="L2 regularisation")
    parser.add_argument("--min-samples-leaf", type=int, default=20)
    parser.add_argument(
        "--loss", choices=["squared_error", "absolute_error", "poisson"], default="squared_error"
    )
    parser.add_argument("--log-target", action="store_true", help="fit the logarithm of the price")
    parser.add_argument("--test-size", type=float, default=0.25)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


def main():
    args = get_args()
    df = pd.read_csv(args.data)
    X = df.drop(columns=["id", "price"])
    y = df["price"]
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=args.test_size, random_state=args.seed
    )
    model = HistGradientBoostingRegressor(
        learning_rate=args.learning_rate,
        max_leaf_nodes=args.num_leaves,
        max_iter=args.max_iter,
        l2_regularization=args.l2,
        min_samples_leaf=args.min_samples_leaf,
        loss=args.loss,
        random_state=args.seed,
    )
    model.fit(X_train, np.log(y_train) if args.log_target else y_train)
    pred = model.predict(X_test)
    pred = np.exp(pred) if args.log_target else pred
    rmse = float(np.sqrt(np.mean((pred - y_test) ** 2)))
    if args.verbose:
        print(X_train.describe())
    print(f"trained on {len(X_train)} rows")
    print("RMSE:", round(rmse, 4))


if __name__ == "__main__":
    main()
