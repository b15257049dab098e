"""A merge sort that falls back to insertion sort on short runs."""

THRESHOLD = 8  # runs up to this length are sorted by insertion


def insertion(a, lo, hi):
    for i in range(lo + 1, hi):
        x = a[i]
        j = i - 1
        while j >= lo and a[j] > x:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = x


def sort(a, lo=0, hi=None):
    if hi is None:
        a, hi = list(a), len(a)
    if hi - lo <= THRESHOLD:
        insertion(a, lo, hi)
        return a
    mid = (lo + hi) // 2
    sort(a, lo, mid)
    sort(a, mid, hi)
    merged, i, j = [], lo, mid
    while i < mid and j < hi:
        if a[i] <= a[j]:
            merged.append(a[i])
            i += 1
        else:
            merged.append(a[j])
            j += 1
    merged += a[i:mid]
    merged += a[j:hi]
    a[lo:hi] = merged
    return a
