"""The data plane: persistent websockets between processes, carrying frames of `actors.wire`.

Ray finds and restarts processes; everything frequent travels here. Both ends prove the cluster's secret, a newer link
between the same two processes closes the older, and two lanes keep feeds and pages out of the way of what is live.
"""
