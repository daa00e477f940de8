"""RTCP: loss, keyframe requests, reports, feedback on congestion."""
