# The control API of seedance-mock. A server with --control-token needs it in CONTROL_TOKEN.
control() { # METHOD PATH [BODY]
  set -- "$1" "$BASE_URL/_mock$2" ${3+--data-raw "$3"}
  set -- --request "$@" --header 'Content-Type: application/json'
  if [ -n "${CONTROL_TOKEN:-}" ]; then
    set -- "$@" --header "Authorization: Bearer $CONTROL_TOKEN"
  fi
  curl -q --silent --show-error --fail --noproxy '*' --max-time "${TIMEOUT:-30}" "$@"
}

account_name() { # KEY: opens the account of the key if there is none
  file=$DIR/account-$(printf %s "$1" | cksum | tr ' ' -)
  [ -s "$file" ] || control POST /accounts "{\"key\": \"$1\"}" | member name >"$file"
  # Without a name, the next call would be about all accounts.
  if [ ! -s "$file" ]; then
    echo "$BASE_URL has no control API, or needs another CONTROL_TOKEN" >&2
    exit 1
  fi
  cat "$file"
}

open_account() { # KEY [USD]: without tasks, and its clock stands still
  name=$(account_name "$1")
  control DELETE "/accounts/$name" >/dev/null
  usd=${2-${ACCOUNT_USD:-}} # What serve --balance and the like do to each account is undone.
  set -- "\"key\": \"$1\", \"mode\": \"frozen\"${usd:+, \"balance_usd\": \"$usd\"}"
  control POST /accounts "{$1${ACCOUNT_WORDS:+, \"words\": \"$ACCOUNT_WORDS\"}}" >/dev/null
}

advance_clock() { # KEY SECONDS
  name=$(account_name "$1")
  control POST "/accounts/$name/clock" "{\"advance_s\": $2}" >/dev/null
}

top_up() { # KEY USD
  name=$(account_name "$1")
  control POST "/accounts/$name" "{\"top_up_usd\": \"$2\"}" >/dev/null
}

set_rate_limit() { # KEY REQUESTS: for each minute
  words="${ACCOUNT_WORDS:+$ACCOUNT_WORDS }limit-$2"
  control POST /accounts "{\"key\": \"$1\", \"words\": \"$words\", \"mode\": \"frozen\"}" >/dev/null
}

show_funds() { # KEY
  name=$(account_name "$1")
  control GET "/accounts/$name"
  echo
}
