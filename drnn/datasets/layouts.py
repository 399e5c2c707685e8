"""Known skeletons, by name: the orders in which cameras and pose estimators list the joints of a frame."""

import itertools

from drnn.datasets.skeleton import Skeleton


def _skeleton(joints: str, bones: str, centre: str, head: str = "head") -> Skeleton:
    """A skeleton from lists with commas; bones are chains of joints, "head - neck - spine". "*" is for either side."""
    listed = tuple(joints.split(", "))
    chains = [chain.split(" - ") for chain in _both_sides(bones.split(", "))]
    pairs = tuple(pair for chain in chains for pair in itertools.pairwise(chain))
    return Skeleton(listed, pairs, tuple(centre.split(", ")), ("left hip", "right hip"), head)


def _both_sides(chains: list[str]) -> list[str]:
    return [chain.replace("*", side) for chain in chains for side in (("left", "right") if "*" in chain else ("",))]


# Left is the actors' own: they raise the right arm, and the 13th joint, the right hand, is what moves.
MSR_20 = _skeleton(
    "left shoulder, right shoulder, neck, spine, left hip, right hip, hip centre, left elbow, right elbow, "
    "left wrist, right wrist, left hand, right hand, left knee, right knee, left ankle, right ankle, left foot, "
    "right foot, head",
    "head - neck - spine - hip centre, neck - * shoulder - * elbow - * wrist - * hand, "
    "hip centre - * hip - * knee - * ankle - * foot",
    centre="hip centre",
)
KINECT_SDK_20 = _skeleton(
    "hip centre, spine, shoulder centre, head, left shoulder, left elbow, left wrist, left hand, right shoulder, "
    "right elbow, right wrist, right hand, left hip, left knee, left ankle, left foot, right hip, right knee, "
    "right ankle, right foot",
    "head - shoulder centre - spine - hip centre, shoulder centre - * shoulder - * elbow - * wrist - * hand, "
    "hip centre - * hip - * knee - * ankle - * foot",
    centre="hip centre",
)
KINECT2_25 = _skeleton(
    "hip centre, spine, neck, head, left shoulder, left elbow, left wrist, left hand, right shoulder, right elbow, "
    "right wrist, right hand, left hip, left knee, left ankle, left foot, right hip, right knee, right ankle, "
    "right foot, shoulder centre, left hand tip, left thumb, right hand tip, right thumb",
    "head - neck - shoulder centre - spine - hip centre, "
    "shoulder centre - * shoulder - * elbow - * wrist - * hand - * hand tip, * wrist - * thumb, "
    "hip centre - * hip - * knee - * ankle - * foot",
    centre="hip centre",
)
SBU_15 = _skeleton(
    "head, neck, torso, left shoulder, left elbow, left hand, right shoulder, right elbow, right hand, left hip, "
    "left knee, left foot, right hip, right knee, right foot",
    "head - neck - torso, neck - * shoulder - * elbow - * hand, torso - * hip - * knee - * foot",
    centre="torso",
)
COCO_17 = _skeleton(
    "nose, left eye, right eye, left ear, right ear, left shoulder, right shoulder, left elbow, right elbow, "
    "left wrist, right wrist, left hip, right hip, left knee, right knee, left ankle, right ankle",
    "nose - * eye - * ear, nose - * shoulder - * elbow - * wrist, * shoulder - * hip - * knee - * ankle, "
    "left shoulder - right shoulder, left hip - right hip",
    centre="left hip, right hip",
    head="nose",
)

LAYOUTS = {
    "msr_20": MSR_20,
    "kinect_sdk_20": KINECT_SDK_20,
    "kinect2_25": KINECT2_25,
    "sbu_15": SBU_15,
    "coco_17": COCO_17,
}
