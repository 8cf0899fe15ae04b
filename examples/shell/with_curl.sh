#!/bin/sh
# Generate one video with curl and jq. TOKENLAB_BASE_URL and TOKENLAB_API_KEY name the API and the
# key. KIT_JOB is optional: the contract kit sets it to describe a case.
set -u
base=${TOKENLAB_BASE_URL%/}
base=${base%/v1}
job=${KIT_JOB:-"{}"}
[ "$(printf %s "$job" | jq -r '.action // "generate"')" = generate ] || exit 127
poll_interval=$(printf %s "$job" | jq -r '.poll_interval_s // 5')
deadline=$(($(date +%s) + $(printf %s "$job" | jq -r '.deadline_s // 600 | floor')))
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
printf %s "$job" | jq '{operation: "text-to-video"} +
  (.request // {model: "seedance-2.0-fast", prompt: "A paper boat", duration: 4})' >"$folder/request"

# curl reads the key from a file: every user of the machine can see the command line of a process.
(umask 077 && printf 'Authorization: Bearer %s\n' "$TOKENLAB_API_KEY" >"$folder/key")

# Send a request, and set `status`; 000 if there is no response. Each request has its own process
# and connection, because curl retries even a POST if a connection that it reuses breaks. Without
# --retry and -L nothing else is retried, and no redirect is followed.
send() {
  : >"$folder/head" && : >"$folder/body"
  status=$(curl -q -s -m 30 -o "$folder/body" -D "$folder/head" -w '%{http_code}' \
    -H "@$folder/key" "$@") || status=000
}

# Print what a jq filter selects from the body of the response, or nothing.
body() { jq -r "$1 // empty" "$folder/body" 2>/dev/null; }

# Print the seconds to wait before a retry: the longest of $1, Retry-After and the body.
retry_after() {
  header=$(sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9][0-9]*\)[[:space:]]*$/\1/p' "$folder/head" | tail -n 1)
  printf '%s\n' "$1" "${header:-0}" "$(body '.error.retry_after? | numbers')" | sort -n | tail -n 1
}

# Print the outcome and exit.
finish() {
  jq -cn --arg outcome "$1" --arg id "${id:-}" --argjson urls "${2:-[]}" --arg error "${3:-}" \
    '{kit: 1, outcome: $outcome, task_id: $id, video_urls: $urls, error: {message: $error}}'
  [ "$1" = completed ]
  exit
}

# Tell whether a wait of $1 seconds ends before the deadline.
in_time() { jq -en --argjson wait "$1" --argjson now "$(date +%s)" --argjson deadline "$deadline" \
  '$now + $wait <= $deadline' >/dev/null; }

# Create the task. Retry only if the API says that it created nothing.
attempt=1
while :; do
  send "$base/v1/videos/generations" -H 'Content-Type: application/json' -d "@$folder/request"
  id=$(body '.id // .task_id')
  [ "$status" = 200 ] && [ -n "$id" ] && break
  wait=$(retry_after $((attempt * 2)))
  # Without a response, or after a 502 or 504, a task may exist: a retry could pay twice.
  case $status/$(body '.error.retryable?') in 429/true | 503/true) ;; *) attempt=3 ;; esac
  if [ $attempt = 3 ] || ! in_time "$wait"; then
    finish error '[]' "HTTP $status: $(body '.error.message?') A task may exist: check before you retry."
  fi
  sleep "$wait"
  attempt=$((attempt + 1))
done

# Poll poll_url if it leads to the API, else the documented path. Every poll carries the key, so it
# must not go to another host. "//host/" is another host.
url=$(body .poll_url)
case $url in
  //*) url=$base/v1/tasks/$id ;;
  /*) url=$base$url ;;
  "$base"/*) ;;
  *) url=$base/v1/tasks/$id ;;
esac

failures=0 wait=$poll_interval task_status=$(body .status)
while [ "$task_status" != completed ] && [ "$task_status" != failed ]; do
  if [ $failures = 8 ] || ! in_time "$wait"; then finish timeout; fi
  sleep "$wait"
  send --globoff --path-as-is "$url"
  task_status=$(body .status)
  case $status in
    200) [ -n "$task_status" ] && failures=0 wait=$poll_interval && continue ;;
    408 | 429) ;;
    4*) finish error '[]' "$(body '.error.message?')" ;;
  esac
  # Any other failed poll says nothing about the task, which goes on and is paid for.
  task_status='' failures=$((failures + 1))
  wait=$(retry_after $((failures * failures)))
done

[ "$(body .cancelled)" = true ] && finish cancelled '[]' "$(body '.error | tostring')"
[ "$task_status" = failed ] && finish failed '[]' "$(body '.error | tostring')"
urls=$(jq -c '[.video_url?, .video.url?, .videos[]?.url?] | map(strings) | unique' "$folder/body")
[ "$urls" = '[]' ] && finish failed '[]' 'no video'
finish completed "$urls"
