"""What the workers of the tests do: tasks of Celery, functions for RQ."""

import os
import signal
import time

import redis
from celery import Celery

URL = os.environ["REDIS_URL"]

app = Celery("jobs", broker=URL, backend=URL)
app.conf.task_track_started = True
app.conf.broker_connection_retry_on_startup = True


def add(x, y):
    return x + y


def named(a=None, b=None):
    return {"a": a, "b": b}


def fail(message):
    raise ValueError(message)


def nothing():
    return None


def slow(seconds):
    time.sleep(seconds)
    return "slow"


def count(n):
    """Says how often a job was done, in Redis, and gives its own number."""

    redis.Redis.from_url(URL).hincrby("done", str(n), 1)
    return n


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def order(name):
    redis.Redis.from_url(URL).rpush("order", name)


for function in (add, named, fail, nothing, slow, count, die, order):
    app.task(function, name="jobs." + function.__name__)


@app.task(bind=True, name="jobs.far")
def far(self, seconds):
    self.update_state(state="PROGRESS", meta={"done": 0.5})
    time.sleep(seconds)
    return "far"


@app.task(bind=True, name="jobs.again", max_retries=1)
def again(self):
    if self.request.retries == 0:
        raise self.retry(countdown=4)
    return "again"
