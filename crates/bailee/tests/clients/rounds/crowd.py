"""Fills the bucket that every round lists page by page."""

from concurrent.futures import ThreadPoolExecutor

import meeting as m

s3 = m.client()


def put(number):
    s3.put_object(Bucket=m.CROWD, Key=m.crowd_key(number), Body=b"one of many")


with m.step("crowd", keys=m.CROWD_SIZE):
    s3.create_bucket(Bucket=m.CROWD)
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(put, range(m.CROWD_SIZE)))

m.end()
