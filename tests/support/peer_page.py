"""A page with one RTCPeerConnection, on a loopback port: enough to prove the harness without Visite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

PAGE = """<!doctype html><meta charset="utf-8"><title>peer</title><link rel="icon" href="data:,">
<video id="far" autoplay playsinline></video>
<script type="module">
  const connection = new RTCPeerConnection();
  const far = document.getElementById("far");
  const received = new MediaStream();
  connection.ontrack = ({ track }) => { received.addTrack(track); far.srcObject = received; };

  const gathered = () => new Promise((done) => {
    const look = () => connection.iceGatheringState === "complete" && done(connection.localDescription.sdp);
    connection.addEventListener("icegatheringstatechange", look);
    look();
  });
  const send = async (constraints) => {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    for (const track of stream.getTracks()) connection.addTrack(track, stream);
  };
  window.peer = {
    connection,
    async offer(constraints) {
      if (constraints) await send(constraints);
      await connection.setLocalDescription();
      return gathered();
    },
    async answer(sdp, constraints) {
      await connection.setRemoteDescription({ type: "offer", sdp });
      if (constraints) await send(constraints);
      await connection.setLocalDescription();
      return gathered();
    },
    accept: (sdp) => connection.setRemoteDescription({ type: "answer", sdp }),
  };
</script>
"""


@asynccontextmanager
async def peer_page() -> AsyncIterator[str]:
    """Serves the page; yields its URL."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    application = web.Application()
    application.router.add_get("/", page)
    async with serving(application) as url:
        yield url


@asynccontextmanager
async def serving(application: web.Application) -> AsyncIterator[str]:
    """Runs an aiohttp application on a free loopback port; yields its URL without a slash at the end."""
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
