"""What a media worker says of one track, as its flow and its client need it."""

from media import events
from rooms.ids import DeviceId
from signaling.client import Client
from signaling.flow import Flow
from signaling.messages import Layers, Redundancy

TrackEvent = events.Started | events.Silent | events.Resumed | events.Ended | events.Layers | events.Redundancy


def device_of(track: str) -> DeviceId:
    """Whose track it is; `plan.track_id` names tracks so."""
    return DeviceId(track.rsplit(".", 1)[0])


def track_said(flow: Flow, client: Client, event: TrackEvent) -> None:
    live, device = client.tracks.get(event.track), client.device.device
    match event:
        case events.Started():
            flow.started(client, event)
        case events.Silent(track=track):
            flow.heard_again(client, track, silent=True)
        case events.Resumed(track=track):
            flow.heard_again(client, track, silent=False)
        case events.Layers(rids=rids) if live is not None:
            flow.asked.tell(device, Layers(source=live.source, rids=rids))
        case events.Redundancy(wanted=wanted) if live is not None:
            flow.asked.tell(device, Redundancy(source=live.source, wanted=wanted))
        case events.Ended(track=track):
            flow.ended(client, track)
