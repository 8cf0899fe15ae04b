<?php
// Generate one video with PHP's curl extension. TOKENLAB_BASE_URL and TOKENLAB_API_KEY name the
// API and the key. KIT_JOB is optional: the contract kit sets it to describe a case.
declare(strict_types=1);

$base = preg_replace('~/v1$~', '', rtrim(getenv('TOKENLAB_BASE_URL'), '/'));
$job = json_decode(getenv('KIT_JOB') ?: '{}', true);
if (($job['action'] ?? 'generate') !== 'generate') {
    exit(127);
}
$defaultRequest = ['model' => 'seedance-2.0-fast', 'prompt' => 'A paper boat', 'duration' => 4];
$request = json_encode(($job['request'] ?? $defaultRequest) + ['operation' => 'text-to-video']);
$pollInterval = (float) ($job['poll_interval_s'] ?? 5);
$deadline = microtime(true) + ($job['deadline_s'] ?? 600);

/** Return the status, Retry-After and JSON of a response; status 0 if there is none. */
function send(string $url, ?string $body = null): array
{
    $retryAfter = '';
    // Each request has its own handle, and so its own connection: curl retries even a POST if a
    // connection that it reuses breaks. Redirects are not followed.
    $curl = curl_init($url);
    curl_setopt_array($curl, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 30,
        CURLOPT_FOLLOWLOCATION => false,
        CURLOPT_PATH_AS_IS => true,
        CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
        CURLOPT_HTTPHEADER => [
            'Authorization: Bearer ' . getenv('TOKENLAB_API_KEY'),
            'Content-Type: application/json',
        ],
        CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$retryAfter): int {
            if (preg_match('/^retry-after:\s*(\d+)\s*$/i', $line, $match)) {
                $retryAfter = $match[1];
            }
            return strlen($line);
        },
    ]);
    if ($body !== null) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
    }
    $text = curl_exec($curl);
    $data = is_string($text) ? json_decode($text, true) : null;
    $status = $text === false ? 0 : curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
    return [$status, (float) $retryAfter, is_array($data) ? $data : []];
}

/** Print the outcome and exit. */
function finish(string $outcome, array $task, mixed $error = null, array $urls = []): never
{
    $id = $task['id'] ?? $task['task_id'] ?? null;
    $line = ['kit' => 1, 'outcome' => $outcome, 'task_id' => $id];
    echo json_encode($line + ['video_urls' => $urls, 'error' => $error]), "\n";
    exit($outcome === 'completed' ? 0 : 1);
}

/** Return the seconds to wait before a retry: the longer of header and body, 0 if none. */
function retryAfter(float $inHeader, array $data): float
{
    $inBody = is_array($data['error'] ?? null) ? $data['error']['retry_after'] ?? 0 : 0;
    return max($inHeader, is_numeric($inBody) ? (float) $inBody : 0.0);
}

/** Sleep for some seconds, also a fraction of one. */
function pause(float $seconds): void
{
    usleep((int) ceil($seconds * 1e6));
}

// Create the task. Retry only if the API says that it created nothing.
for ($attempt = 1; ; $attempt++) {
    [$status, $inHeader, $task] = send("$base/v1/videos/generations", $request);
    if ($status === 200 && ($task['id'] ?? $task['task_id'] ?? '') !== '') {
        break;
    }
    $error = $task['error'] ?? null;
    // Without a response, or after a 502 or 504, a task may exist: a retry could pay twice.
    $retryable = in_array($status, [429, 503], true) && ($error['retryable'] ?? false) === true;
    $wait = retryAfter($inHeader, $task) ?: 2 ** $attempt;
    if (!$retryable || $attempt === 3 || microtime(true) + $wait > $deadline) {
        finish('error', [], $error ?? "HTTP $status: a task may exist, check before you retry");
    }
    pause($wait);
}

// Poll poll_url if it leads to the API, else the documented path. Every poll carries the key, so it
// must not go to another host. "//host/" is another host.
$url = $task['poll_url'] ?? '';
if (preg_match('~^/(?!/)~', $url)) {
    $url = $base . $url;
} elseif (!str_starts_with($url, "$base/")) {
    $url = "$base/v1/tasks/" . rawurlencode($task['id'] ?? $task['task_id']);
}

[$failures, $wait] = [0, $pollInterval];
while (!in_array($task['status'] ?? '', ['completed', 'failed'], true)) {
    if ($failures === 8 || microtime(true) + $wait > $deadline) {
        finish('timeout', $task);
    }
    pause($wait);
    [$status, $inHeader, $data] = send($url);
    if ($status >= 400 && $status < 500 && !in_array($status, [408, 429], true)) {
        finish('error', $task, $data['error'] ?? null);
    }
    // Any other failed poll says nothing about the task, which goes on and is paid for.
    if ($status === 200 && is_string($data['status'] ?? null)) {
        [$task, $failures, $wait] = [$data, 0, $pollInterval];
    } else {
        $failures++;
        $wait = max(retryAfter($inHeader, $data), min($pollInterval * 2 ** $failures, 60), 1);
    }
}

if ($task['status'] === 'failed') {
    finish(($task['cancelled'] ?? false) ? 'cancelled' : 'failed', $task, $task['error'] ?? null);
}
$candidates = [$task['video_url'] ?? null, $task['video']['url'] ?? null];
$urls = array_values(array_unique(array_filter(
    [...$candidates, ...array_column($task['videos'] ?? [], 'url')]
)));
finish($urls ? 'completed' : 'failed', $task, $urls ? null : 'no video', $urls);
