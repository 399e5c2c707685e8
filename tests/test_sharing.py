"""A lab shares what it computed through S3: a clone that pulls extracts and trains nothing again.

The endpoint is moto's server on loopback, which speaks S3's protocol.
"""

from collections import Counter
from importlib.util import find_spec

import pytest
from engine_room import DVC, PYTHON, SNAKEMAKE, Workspace

MISSING = [name for name in ("moto", "flask_cors", "dvc_s3") if not find_spec(name)]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(MISSING), reason=f"not installed: {MISSING}; pip install -c constraints.txt -e '.[workflow,test]'"
    ),
]
KEYS = {"AWS_ACCESS_KEY_ID": "lab", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
KEYS |= {"AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1"}


@pytest.fixture(scope="module")
def endpoint():
    """The address of an S3 server with one empty bucket, `lab`."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    account = {"aws_access_key_id": "lab", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=address, **account).create_bucket(Bucket="lab")
    yield address
    server.stop()


@pytest.fixture(scope="module")
def pushed(all_made, endpoint, tmp_path_factory) -> Workspace:
    """A workspace whose results are in the bucket."""
    workspace = all_made.copy(tmp_path_factory.mktemp("sharing") / "first")
    workspace.check(*DVC)
    workspace.check("dvc", "remote", "add", "--quiet", "--default", "lab", "s3://lab/drnn")
    workspace.check("dvc", "remote", "modify", "lab", "endpointurl", endpoint)
    workspace.commit()
    workspace.check("dvc", "push", "--quiet", "dvc.yaml", **KEYS)
    return workspace


def test_a_clone_that_pulls_from_s3_has_nothing_to_make(pushed, tmp_path):
    clone = pushed.clone(tmp_path / "clone")
    assert not clone.products("**/*")
    clone.check("dvc", "pull", "--quiet", "dvc.yaml", **KEYS)
    assert clone.executed(*SNAKEMAKE) == clone.executed(*DVC) == Counter()
    for kind in ("features", "train", "report"):
        pulled = clone.products(f"{kind}/**/*")
        assert pulled and pulled == pushed.products(f"{kind}/**/*"), kind


def test_a_clone_that_pulls_only_the_features_trains_on_them(pushed, tmp_path):
    clone = pushed.clone(tmp_path / "clone")
    clone.check("dvc", "pull", "--quiet", "features@tiny", **KEYS)
    clone.set(lambda params: params["recipes"]["quick"].update(epochs=1))
    assert clone.executed(*SNAKEMAKE, "--", "train_tiny") == Counter(train=2)


def test_a_remote_that_refuses_says_so_and_makes_nothing(pushed, tmp_path):
    clone = pushed.clone(tmp_path / "clone")
    clone.check("dvc", "remote", "modify", "lab", "url", "s3://another/drnn")
    refused = clone.run("dvc", "pull", "dvc.yaml", **KEYS)
    assert refused.returncode and "NoSuchBucket" in refused.stderr + refused.stdout
    assert not [name for name in clone.products("**/*") if name.endswith(".h5")]
    assert "features" in clone.check(*PYTHON, "status")
