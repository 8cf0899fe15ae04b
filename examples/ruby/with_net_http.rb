# Generate one video with Net::HTTP. TOKENLAB_BASE_URL and TOKENLAB_API_KEY name the API and the
# key. KIT_JOB is optional: the contract kit sets it to describe a case.
require "erb"
require "json"
require "net/http"

BASE = ENV.fetch("TOKENLAB_BASE_URL").sub(%r{/+\z}, "").delete_suffix("/v1")
JOB = JSON.parse(ENV["KIT_JOB"] || "{}")
exit 127 unless JOB.fetch("action", "generate") == "generate"
DEFAULT_REQUEST = { "model" => "seedance-2.0-fast", "prompt" => "A paper boat", "duration" => 4 }.freeze
REQUEST = { "operation" => "text-to-video" }.merge(JOB["request"] || DEFAULT_REQUEST)
POLL_INTERVAL = (JOB["poll_interval_s"] || 5).to_f

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

DEADLINE = now + (JOB["deadline_s"] || 600)

# Return the status, headers and JSON object of a response; status 0 if there is none. Net::HTTP
# follows no redirect. Without `max_retries: 0` it would retry a GET by itself.
def send_request(method, path, body = nil)
  uri = URI(BASE)
  request = Net::HTTP.const_get(method).new(path)
  request["Authorization"] = "Bearer #{ENV.fetch('TOKENLAB_API_KEY')}"
  request["Content-Type"] = "application/json"
  request.body = JSON.generate(body) if body
  options = { use_ssl: uri.scheme == "https", read_timeout: 30, open_timeout: 30, max_retries: 0 }
  response = Net::HTTP.start(uri.hostname, uri.port, **options) { |http| http.request(request) }
  data = begin
    JSON.parse(response.body.to_s)
  rescue JSON::ParserError
    nil
  end
  [response.code.to_i, response, data.is_a?(Hash) ? data : {}]
rescue SystemCallError, IOError, Timeout::Error, SocketError, OpenSSL::SSL::SSLError,
       Net::HTTPBadResponse, Net::ProtocolError, Zlib::Error
  [0, {}, {}]
end

# Print the outcome and exit.
def finish(outcome, task, error = nil, urls = [])
  id = task["id"] || task["task_id"]
  puts JSON.generate(kit: 1, outcome: outcome, task_id: id, video_urls: urls, error: error)
  exit outcome == "completed"
end

# Return the seconds to wait before a retry: the longer of header and body, 0 if none.
def retry_after(headers, data)
  in_body = data["error"].is_a?(Hash) ? data["error"]["retry_after"] : 0
  [headers["Retry-After"].to_s[/\A\d+\z/].to_i, in_body.is_a?(Numeric) ? in_body : 0].max
end

# Create the task. Retry only if the API says that it created nothing.
def create
  1.upto(3) do |attempt|
    status, headers, data = send_request(:Post, "/v1/videos/generations", REQUEST)
    return data if status == 200 && (data["id"] || data["task_id"])

    error = data["error"]
    # Without a response, or after a 502 or 504, a task may exist: a retry could pay twice.
    retryable = [429, 503].include?(status) && error.is_a?(Hash) && error["retryable"] == true
    wait = retry_after(headers, data).nonzero? || 2**attempt
    if !retryable || attempt == 3 || now + wait > DEADLINE
      finish("error", {}, error || "HTTP #{status}: a task may exist, check before you retry")
    end
    sleep wait
  end
end

# Return the path to poll: poll_url if it leads to the API, else the documented path. Every poll
# carries the key, so it must not go to another host. "//host/" is another host.
def poll_path(task)
  url = task["poll_url"].to_s
  return url if url.match?(%r{\A/(?!/)})
  return url.delete_prefix(BASE) if url.start_with?("#{BASE}/")

  "/v1/tasks/#{ERB::Util.url_encode(task['id'] || task['task_id'])}"
end

task = create
path = poll_path(task)
failures = 0
wait = POLL_INTERVAL
until %w[completed failed].include?(task["status"])
  finish("timeout", task) if failures == 8 || now + wait > DEADLINE
  sleep wait
  status, headers, data = send_request(:Get, path)
  rejected = status.between?(400, 499) && ![408, 429].include?(status)
  finish("error", task, data["error"]) if rejected
  # Any other failed poll says nothing about the task, which goes on and is paid for.
  valid = status == 200 && data["status"].is_a?(String)
  task = data if valid
  failures = valid ? 0 : failures + 1
  wait = valid ? POLL_INTERVAL : [retry_after(headers, data), [POLL_INTERVAL * 2**failures, 60].min, 1].max
end

if task["status"] == "failed"
  finish(task["cancelled"] ? "cancelled" : "failed", task, task["error"])
end
video = task["video"].is_a?(Hash) ? task["video"]["url"] : nil
urls = [task["video_url"], video, *(task["videos"] || []).map { |item| item["url"] }].compact.uniq
finish(urls.empty? ? "failed" : "completed", task, urls.empty? ? "no video" : nil, urls)
