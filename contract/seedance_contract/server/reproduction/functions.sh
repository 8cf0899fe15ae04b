request() { # STEP METHOD URL [OPTIONS of curl]: keeps the response in $DIR/STEP and prints it
  step=$1 method=$2 url=$3
  shift 3
  printf '\n=== Step %s: %s %s\n' "$step" "$method" "$url"
  case $method in
  HEAD) set -- --head "$@" ;;
  *) set -- --request "$method" "$@" ;;
  esac
  : >"$DIR/$step"
  curl -q --http1.1 --silent --show-error --globoff --path-as-is --noproxy '*' \
    --max-time "${TIMEOUT:-30}" --header 'Expect:' --include --output "$DIR/$step" "$@" "$url" \
    2>&1 || echo "no complete response: curl ended with $?"
  cat "$DIR/$step"
  echo
}

member() { # NAME: prints the first text member of that name in the JSON of standard input
  tr ',{}' '\n\n\n' | sed -n \
    's,\\/,/,g; s,^[[:space:]]*"'"$1"'"[[:space:]]*:[[:space:]]*"\([^"]*\)".*,\1,p' | head -n 1
}

repeat() { # COUNT LETTER
  head -c "$1" /dev/zero | tr '\0' "$2"
}

outcomes() { # STEP...: prints the status of each response, and the state of the task in it
  for step; do
    printf '%s %s %s\n' "$(sed -n '1s/[^ ]* \([0-9]*\).*/\1/p' "$DIR/$step")" \
      "$(member status <"$DIR/$step")" \
      "$(tr ',{}' '\n\n\n' <"$DIR/$step" | sed -n 's/^ *"cancelled" *: *true.*/cancelled/p')"
  done
}

race() { # repeats `attempt` until it has the outcomes of the run that failed
  try=1
  while :; do
    attempt >"$DIR/log"
    result=other
    [ "$(attempt_outcomes)" != "$EXPECTED_OUTCOMES" ] || result=same
    [ "$result" = other ] && [ "$try" -lt "${TRIES:-50}" ] || break
    try=$((try + 1))
  done
  cat "$DIR/log"
  printf '\n=== Try %s: compared with the run that failed: %s outcomes\n' "$try" "$result"
}
