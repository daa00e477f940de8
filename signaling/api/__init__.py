"""HTTP routes: acts, invitations, WHIP and WHEP, playback, health."""
