"""
Single-file character language model.
Usage: python train.py
"""

import os
import time

import numpy as np

from prepare import EVAL_TOKENS, evaluate_bpb, load

# ---------------------------------------------------------------------------
# Hyperparameters (edit these directly, no CLI flags needed)
# ---------------------------------------------------------------------------

# Model
CONTEXT = 3             # characters that are seen
EMBED_DIM = 8           # size of a character's vector
HIDDEN = 2**5           # width of the hidden layer
ACTIVATION = "tanh"

# Optimization
LEARNING_RATE = 0.05    # peak learning rate
BATCH_SIZE = 2**6
NUM_STEPS = 1200        # optimizer steps
MOMENTUM = 0.9
BETAS = (0.9, 0.99)
WEIGHT_DECAY = 0.0      # decoupled
WARMUP_RATIO = 0.1      # fraction of the steps for warmup
NESTEROV = False

SEED = 42
CHECKPOINT_DIR = "checkpoints"
os.makedirs(CHECKPOINT_DIR, exist_ok=True)

# ---------------------------------------------------------------------------

t_start = time.time()
rng = np.random.default_rng(SEED)
train, val, vocab_size = load()


def windows(ids):
    n = len(ids) - CONTEXT
    return np.stack([ids[i : i + n] for i in range(CONTEXT)], axis=1), ids[CONTEXT:]


x_train, y_train = windows(train)
x_val, y_val = windows(val[:EVAL_TOKENS])

params = {
    "emb": rng.normal(0, 0.3, (vocab_size, EMBED_DIM)),
    "w1": rng.normal(0, 1 / np.sqrt(CONTEXT * EMBED_DIM), (CONTEXT * EMBED_DIM, HIDDEN)),
    "b1": np.zeros(HIDDEN),
    "w2": rng.normal(0, 1 / np.sqrt(HIDDEN), (HIDDEN, vocab_size)),
    "b2": np.zeros(vocab_size),
}
velocity = {name: np.zeros_like(p) for name, p in params.items()}


def forward(x):
    e = params["emb"][x].reshape(len(x), -1)
    z = e @ params["w1"] + params["b1"]
    h = np.tanh(z) if ACTIVATION == "tanh" else np.maximum(z, 0)
    logits = h @ params["w2"] + params["b2"]
    logits -= logits.max(axis=1, keepdims=True)
    return e, z, h, logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def backward(x, y):
    e, z, h, logp = forward(x)
    g = np.exp(logp)
    g[np.arange(len(y)), y] -= 1
    g /= len(y)
    grads = {"w2": h.T @ g, "b2": g.sum(0)}
    gh = g @ params["w2"].T
    gz = gh * (1 - h**2) if ACTIVATION == "tanh" else gh * (z > 0)
    grads["w1"], grads["b1"] = e.T @ gz, gz.sum(0)
    ge = (gz @ params["w1"].T).reshape(len(x), CONTEXT, EMBED_DIM)
    grads["emb"] = np.zeros_like(params["emb"])
    np.add.at(grads["emb"], x, ge)
    return -logp[np.arange(len(y)), y].mean(), grads


def lr_at(step):
    warmup = max(1, int(WARMUP_RATIO * NUM_STEPS))
    if step < warmup:
        return LEARNING_RATE * (step + 1) / warmup
    return LEARNING_RATE * (1 - (step - warmup) / max(1, NUM_STEPS - warmup))


for step in range(NUM_STEPS):
    batch = rng.integers(0, len(x_train), BATCH_SIZE)
    loss, grads = backward(x_train[batch], y_train[batch])
    lr = lr_at(step)
    for name, grad in grads.items():
        velocity[name] = MOMENTUM * velocity[name] + grad
        update = grad + MOMENTUM * velocity[name] if NESTEROV else velocity[name]
        params[name] -= lr * (update + WEIGHT_DECAY * params[name])
    if step % 100 == 0:
        print(f"step {step:05d} | loss: {loss:.4f} | lr: {lr:.4f}")

np.savez(os.path.join(CHECKPOINT_DIR, "last.npz"), **params)
val_bpb = evaluate_bpb(forward(x_val)[3], y_val)

print("---")
print(f"val_bpb:          {val_bpb:.6f}")
print(f"total_seconds:    {time.time() - t_start:.1f}")
print(f"num_params:       {sum(p.size for p in params.values())}")
