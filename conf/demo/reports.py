"""What the demo's worker of Celery does: reports of what users have ordered."""

import json
import os
import time

from celery import Celery

ORDERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "orders")
REDIS = os.environ["REDIS_URL"]

app = Celery("reports", broker=REDIS, backend=REDIS)
app.conf.task_track_started = True


@app.task(name="reports.make")
def make(user):
    time.sleep(2)

    try:
        with open(os.path.join(ORDERS, "%d.json" % user)) as file:
            orders = json.load(file)
    except FileNotFoundError:
        raise ValueError("There is no user %d." % user) from None

    return {"user": user, "orders": len(orders),
            "total": round(sum(order["total"] for order in orders), 2)}
