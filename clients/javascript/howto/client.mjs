// The code under test in these examples: a small client of the API.

const BODY = { model: "seedance-2.0", prompt: "A paper boat" };

/** The task may exist and be billed. A person must look before the request is sent again. */
export class MaybeCreatedError extends Error {}

export class Client {
  constructor({ TOKENLAB_BASE_URL: url, TOKENLAB_API_KEY: key }, sleep) {
    this.url = url;
    this.headers = { Authorization: `Bearer ${key}` };
    this.sleep = sleep ?? ((seconds) => new Promise((wake) => setTimeout(wake, seconds * 1000)));
  }

  /** Create a task. Wait as long as a 429 asks for. */
  async create() {
    const request = { method: "POST", headers: this.headers, body: JSON.stringify(BODY) };
    for (;;) {
      let response;
      try {
        response = await fetch(`${this.url}/v1/videos/generations`, request);
      } catch (error) {
        throw new MaybeCreatedError("the response was lost", { cause: error });
      }
      if (response.status !== 429) return response.json();
      await this.sleep(Number(response.headers.get("Retry-After")));
    }
  }

  /** Return the task as it is now. */
  async read(task) {
    const response = await fetch(new URL(task.poll_url, this.url), { headers: this.headers });
    return response.json();
  }

  /** Poll until the task has ended. */
  async wait(task) {
    let latest = task;
    while (!["completed", "failed"].includes(latest.status)) {
      await this.sleep(5);
      latest = await this.read(task);
    }
    return latest;
  }

  /** Cancel a task, and return it when it has ended: a cancellation may come too late. */
  async cancel(task) {
    const request = { method: "DELETE", headers: this.headers };
    const response = await fetch(new URL(task.poll_url, this.url), request);
    return response.status === 409 ? this.wait(task) : response.json();
  }
}
