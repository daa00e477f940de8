"""Lines of people whose network lets no UDP through: ICE over TCP (RFC 6544), turned into UDP for the plane."""
