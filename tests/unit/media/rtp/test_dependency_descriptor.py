"""Dependency descriptors: those that Chromium sends, and some written by hand from the specification."""

import pytest

from media.rtp.dependency_descriptor import MAX_REFERENCES, Indication, MalformedDescriptor, Structure, read
from tests.support.descriptors import L1T2, L2T1, L2T1_KEY, descriptor, packed, structure

# Of a key frame in VP9 L1T3: five templates, three decode targets, one chain, 320 by 180.
L1T3_OF_CHROMIUM = bytes.fromhex("c00001800214eaa860414d1410208427013f00b3")
ALL = 7  # as a mask of three


def known(data: bytes) -> Structure:
    found = read(data, None).structure
    assert found is not None
    return found


def test_what_chromium_says_with_a_key_frame() -> None:
    key = read(L1T3_OF_CHROMIUM, None)
    assert (key.first, key.last, key.number, key.attached, key.active) == (True, True, 1, True, ALL)
    assert key.structure is not None
    assert key.structure.targets == ((0, 0), (0, 1), (0, 2))
    assert [template.temporal for template in key.structure.templates] == [0, 0, 1, 2, 2]
    assert (key.indications, key.references) == ((Indication.SWITCH,) * 3, ())


@pytest.mark.parametrize(
    ("said", "number", "temporal", "indications", "references"),
    [
        ("c30002", 2, 2, (0, 0, 1), (1,)),
        ("c20003", 3, 1, (0, 1, 2), (2,)),
        ("c10009", 9, 0, (2, 2, 2), (4,)),
    ],
)
def test_what_chromium_says_with_others_refers_to_it(
    said: str, number: int, temporal: int, indications: tuple[int, ...], references: tuple[int, ...]
) -> None:
    frame = read(bytes.fromhex(said), known(L1T3_OF_CHROMIUM))
    assert (frame.number, frame.temporal, frame.indications, frame.references) == (
        number,
        temporal,
        indications,
        references,
    )
    assert not frame.attached
    assert frame.active is None


def test_the_packets_of_one_frame_tell_its_beginning_and_end() -> None:
    told = [read(bytes.fromhex(said), known(L1T3_OF_CHROMIUM)) for said in ("810005", "010005", "410005")]
    assert [(packet.first, packet.last) for packet in told] == [(True, False), (False, False), (False, True)]


@pytest.mark.parametrize(
    ("layers", "targets"), [(L2T1, ((0, 0), (1, 0))), (L2T1_KEY, ((0, 0), (1, 0))), (L1T2, ((0, 0), (0, 1)))]
)
def test_a_decode_target_reaches_as_far_as_its_frames(
    layers: tuple[tuple[int, int, str, tuple[int, ...]], ...], targets: tuple[tuple[int, int], ...]
) -> None:
    assert known(descriptor(1, 0, attached=layers)).targets == targets


def test_templates_are_numbered_from_the_offset_and_around() -> None:
    told = known(descriptor(1, 62, attached=L2T1, offset=62))
    assert [read(descriptor(2, number), told).spatial for number in (62, 63, 0, 1)] == [0, 0, 1, 1]


def test_a_packet_whose_structure_has_not_come_tells_its_frame_only() -> None:
    for before in (None, known(L1T3_OF_CHROMIUM)):
        frame = read(descriptor(700, 40), before)
        assert (frame.number, frame.structure, frame.indications) == (700, None, ())


def test_a_frame_may_differ_from_its_template() -> None:
    own = [(1, 1), (1, 1), (0, 6), (9, 16), (0, 1), (0, 1), (1, 1), (1, 1), (1, 1)]
    own += [(3, 2), (0, 2), (1, 2)]  # indications
    own += [(1, 2), (15, 4), (3, 2), (0xFFF, 12), (0, 2)]  # references: 16 and 4,096 frames ago
    own += [(200, 8)]  # the chain's
    frame = read(packed(own), known(L1T3_OF_CHROMIUM))
    assert (frame.indications, frame.references) == ((3, 0, 1), (16, 4_096))


def test_what_is_sent_no_longer_is_told_by_a_mask() -> None:
    assert read(descriptor(5, 1, active=(0b01, 2)), known(descriptor(1, 0, attached=L2T1))).active == 0b01
    assert read(descriptor(1, 0, attached=L2T1, active=(0b10, 2)), None).active == 0b10


@pytest.mark.parametrize(
    ("spatial", "temporal", "active", "target"),
    [(3, 7, 0b111, 2), (0, 1, 0b111, 1), (0, 0, 0b111, 0), (3, 7, 0b011, 1), (0, 0, 0b110, 1), (0, 0, 0, 0)],
)
def test_the_best_target_is_the_farthest_that_is_sent_and_wanted(
    spatial: int, temporal: int, active: int, target: int
) -> None:
    assert known(L1T3_OF_CHROMIUM).best(spatial, temporal, active) == target


@pytest.mark.parametrize("size", range(len(L1T3_OF_CHROMIUM)))
def test_a_descriptor_that_is_cut_off_is_malformed(size: int) -> None:
    if size == 3:  # short, but whole: it refers to a structure
        return
    with pytest.raises(MalformedDescriptor):
        read(L1T3_OF_CHROMIUM[:size], None)


def test_more_than_there_can_be_is_malformed() -> None:
    begin = [(1, 1), (1, 1), (0, 6), (9, 16)]
    layers = [(0b10000, 5), (0, 6), (0, 5)]
    with pytest.raises(MalformedDescriptor, match="layers"):
        read(packed([*begin, *layers, (2, 2), (2, 2), (2, 2), (2, 2)]).ljust(200, b"\0"), None)
    with pytest.raises(MalformedDescriptor, match="layers"):
        read(packed([*begin, *layers]).ljust(255, b"\0"), None)
    many = [(0b10000, 5), (0, 6), (31, 5), *[(0, 2)] * 8, (3, 2)]
    with pytest.raises(MalformedDescriptor, match="encoder"):
        read(packed([*begin, *many]).ljust(255, b"\0"), None)
    with pytest.raises(MalformedDescriptor, match="references"):
        read(packed([*begin, (0b00010, 5), *[(1, 2), (1, 4)] * (MAX_REFERENCES + 1)]), known(L1T3_OF_CHROMIUM))
    with pytest.raises(MalformedDescriptor, match="template"):
        read(packed([(1, 1), (1, 1), (9, 6), (9, 16), (0b10000, 5), *structure(L1T2)]), None)
