"""Reads, writes or removes one object with boto3: somebody who has the bucket, and is not Keepmark.

usage: object.py get|put|delete ENDPOINT BUCKET KEY KEY_ID SECRET; bytes go over stdin and stdout, exit code 3: not there
"""

import sys

import boto3
from botocore.exceptions import ClientError

what, endpoint, bucket, key, key_id, secret = sys.argv[1:]
s3 = boto3.client(
    "s3", endpoint_url=endpoint, aws_access_key_id=key_id, aws_secret_access_key=secret, region_name="us-east-1"
)
if what == "put":
    s3.put_object(Bucket=bucket, Key=key, Body=sys.stdin.buffer.read())
elif what == "delete":
    s3.delete_object(Bucket=bucket, Key=key)
else:
    try:
        sys.stdout.buffer.write(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        sys.exit(3)
