#!/bin/sh
# Make one video with curl and jq. TOKENLAB_BASE_URL says where, TOKENLAB_API_KEY as whom.
set -u
base=${TOKENLAB_BASE_URL%/}
base=${base%/v1}
job=${KIT_JOB:-"{}"}
[ "$(printf %s "$job" | jq -r '.action // "generate"')" = generate ] || exit 127
interval=$(printf %s "$job" | jq -r '.poll_interval_s // 5')
until=$(($(date +%s) + $(printf %s "$job" | jq -r '.deadline_s // 600 | floor')))
scratch=$(mktemp -d) && trap 'rm -rf "$scratch"' EXIT
printf %s "$job" | jq '{operation: "text-to-video"} +
  (.request // {model: "seedance-2.0-fast", prompt: "A paper boat", duration: 4})' >"$scratch/request"

# The key goes through a file: what stands on the command line, every user of the machine can read.
(umask 077 && printf 'Authorization: Bearer %s\n' "$TOKENLAB_API_KEY" >"$scratch/key")

# Send a request, and set `status`, 000 where no answer came. Each has a connection of its own,
# since curl repeats even a POST when a connection that it used before breaks. No --retry, no -L.
send() {
  : >"$scratch/head" && : >"$scratch/body"
  status=$(curl -q -s -m 30 -o "$scratch/body" -D "$scratch/head" -w '%{http_code}' \
    -H "@$scratch/key" "$@") || status=000
}

# Print what jq finds in the answer, or nothing.
told() { jq -r "$1 // empty" "$scratch/body" 2>/dev/null; }

# Print the seconds that an error asks to wait, or $1 if that is longer.
pause() {
  header=$(sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9][0-9]*\)[[:space:]]*$/\1/p' "$scratch/head" | tail -n 1)
  printf '%s\n' "$1" "${header:-0}" "$(told '.error.retry_after? | numbers')" | sort -n | tail -n 1
}

# Say what happened, and leave.
end() {
  jq -cn --arg outcome "$1" --arg id "${id:-}" --argjson urls "${2:-[]}" --arg error "${3:-}" \
    '{kit: 1, outcome: $outcome, task_id: $id, video_urls: $urls, error: {message: $error}}'
  [ "$1" = completed ]
  exit
}

left() { jq -en --argjson pause "$1" --argjson now "$(date +%s)" --argjson until "$until" \
  '$now + $pause <= $until' >/dev/null; }

attempt=1
while :; do
  send "$base/v1/videos/generations" -H 'Content-Type: application/json' -d "@$scratch/request"
  id=$(told '.id // .task_id')
  [ "$status" = 200 ] && [ -n "$id" ] && break
  wait=$(pause $((attempt * 2)))
  case $status/$(told '.error.retryable?') in 429/true | 503/true) ;; *) attempt=3 ;; esac
  if [ $attempt = 3 ] || ! left "$wait"; then
    end error '[]' "HTTP $status: $(told '.error.message?') A task may exist; look before a retry."
  fi
  sleep "$wait"
  attempt=$((attempt + 1))
done

# The key goes nowhere else than to the API.
url=$(told .poll_url)
case $url in
  //*) url=$base/v1/tasks/$id ;;
  /*) url=$base$url ;;
  "$base"/*) ;;
  *) url=$base/v1/tasks/$id ;;
esac

failures=0 wait=$interval state=$(told .status)
while [ "$state" != completed ] && [ "$state" != failed ]; do
  if [ $failures = 8 ] || ! left "$wait"; then end timeout; fi
  sleep "$wait"
  send --globoff --path-as-is "$url"
  state=$(told .status)
  case $status in
    200) [ -n "$state" ] && failures=0 wait=$interval && continue ;;
    408 | 429) ;;
    4*) end error '[]' "$(told '.error.message?')" ;;
  esac
  state='' failures=$((failures + 1))
  wait=$(pause $((failures * failures)))
done

[ "$(told .cancelled)" = true ] && end cancelled '[]' "$(told '.error | tostring')"
[ "$state" = failed ] && end failed '[]' "$(told '.error | tostring')"
urls=$(jq -c '[.video_url?, .video.url?, .videos[]?.url?] | map(strings) | unique' "$scratch/body")
[ "$urls" = '[]' ] && end failed '[]' 'no video'
end completed "$urls"
