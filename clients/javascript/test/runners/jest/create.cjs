exports.create = ({ url, key }) =>
  fetch(`${url}/v1/videos/generations`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "seedance-2.0", prompt: "A paper boat" }),
  });
