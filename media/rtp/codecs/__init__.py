"""Where a codec's payload tells keyframes and layers."""
