# Make one video with Net::HTTP. TOKENLAB_BASE_URL says where, TOKENLAB_API_KEY as whom.
require "erb"
require "json"
require "net/http"

BASE = ENV.fetch("TOKENLAB_BASE_URL").sub(%r{/+\z}, "").delete_suffix("/v1")
JOB = JSON.parse(ENV["KIT_JOB"] || "{}")
exit 127 unless JOB.fetch("action", "generate") == "generate"
SMALL = { "model" => "seedance-2.0-fast", "prompt" => "A paper boat", "duration" => 4 }.freeze
REQUEST = { "operation" => "text-to-video" }.merge(JOB["request"] || SMALL)
INTERVAL = (JOB["poll_interval_s"] || 5).to_f

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

UNTIL = now + (JOB["deadline_s"] || 600)

# Return status, headers and JSON of an answer; status 0 where none came. Nothing is followed, and
# with max_retries = 0 nothing is repeated: Net::HTTP would repeat a GET by itself.
def send_request(method, path, body = nil)
  where = URI(BASE)
  request = Net::HTTP.const_get(method).new(path)
  request["Authorization"] = "Bearer #{ENV.fetch('TOKENLAB_API_KEY')}"
  request["Content-Type"] = "application/json"
  request.body = JSON.generate(body) if body
  options = { use_ssl: where.scheme == "https", read_timeout: 30, open_timeout: 30, max_retries: 0 }
  answer = Net::HTTP.start(where.hostname, where.port, **options) { |http| http.request(request) }
  data = begin
    JSON.parse(answer.body.to_s)
  rescue JSON::ParserError
    nil
  end
  [answer.code.to_i, answer, data.is_a?(Hash) ? data : {}]
rescue SystemCallError, IOError, Timeout::Error, SocketError, OpenSSL::SSL::SSLError,
       Net::HTTPBadResponse, Net::ProtocolError, Zlib::Error
  [0, {}, {}]
end

# Say what happened, and leave.
def finish(outcome, task, error = nil, urls = [])
  id = task["id"] || task["task_id"]
  puts JSON.generate(kit: 1, outcome: outcome, task_id: id, video_urls: urls, error: error)
  exit outcome == "completed"
end

# Return the seconds that an error asks to wait.
def hint(headers, data)
  in_body = data["error"].is_a?(Hash) ? data["error"]["retry_after"] : 0
  [headers["Retry-After"].to_s[/\A\d+\z/].to_i, in_body.is_a?(Numeric) ? in_body : 0].max
end

# Create the task: once, unless the API says that it did not and may be asked again.
def create
  1.upto(3) do |attempt|
    status, headers, data = send_request(:Post, "/v1/videos/generations", REQUEST)
    return data if status == 200 && (data["id"] || data["task_id"])

    error = data["error"]
    welcome = [429, 503].include?(status) && error.is_a?(Hash) && error["retryable"] == true
    pause = hint(headers, data).nonzero? || 2**attempt
    if !welcome || attempt == 3 || now + pause > UNTIL
      finish("error", {}, error || "HTTP #{status}: a task may exist, look before a retry")
    end
    sleep pause
  end
end

# Return where to poll. The key goes nowhere else than to the API.
def poll_path(task)
  url = task["poll_url"].to_s
  return url if url.match?(%r{\A/(?!/)})
  return url.delete_prefix(BASE) if url.start_with?("#{BASE}/")

  "/v1/tasks/#{ERB::Util.url_encode(task['id'] || task['task_id'])}"
end

task = create
path = poll_path(task)
failures = 0
pause = INTERVAL
until %w[completed failed].include?(task["status"])
  finish("timeout", task) if failures == 8 || now + pause > UNTIL
  sleep pause
  status, headers, data = send_request(:Get, path)
  refused = status.between?(400, 499) && ![408, 429].include?(status)
  finish("error", task, data["error"]) if refused
  found = status == 200 && data["status"].is_a?(String)
  task = data if found
  failures = found ? 0 : failures + 1
  pause = found ? INTERVAL : [hint(headers, data), [INTERVAL * 2**failures, 60].min, 1].max
end

if task["status"] == "failed"
  finish(task["cancelled"] ? "cancelled" : "failed", task, task["error"])
end
video = task["video"].is_a?(Hash) ? task["video"]["url"] : nil
urls = [task["video_url"], video, *(task["videos"] || []).map { |one| one["url"] }].compact.uniq
finish(urls.empty? ? "failed" : "completed", task, urls.empty? ? "no video" : nil, urls)
