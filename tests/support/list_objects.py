"""Lists and reads all objects below a prefix with boto3, as JSON: an S3 client that is not Keepmark's."""

import hashlib
import json
import sys

import boto3

endpoint, bucket, prefix, key_id, secret = sys.argv[1:]
s3 = boto3.client(
    "s3", endpoint_url=endpoint, aws_access_key_id=key_id, aws_secret_access_key=secret, region_name="us-east-1"
)
objects = []
for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix + "/"):
    for entry in page.get("Contents", []):
        # A daemon that has just started may be at its probe.
        if "/.keepmark/probe-" in entry["Key"]:
            continue
        got = s3.get_object(Bucket=bucket, Key=entry["Key"])
        body = got["Body"].read()
        objects.append({
            "key": entry["Key"][len(prefix) + 1 :],
            "size": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
            "content_type": got["ContentType"],
            "text": body.decode() if entry["Key"].endswith(".json") else None,
        })
json.dump(objects, sys.stdout)
