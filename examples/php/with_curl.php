<?php
// Make one video with PHP's curl. TOKENLAB_BASE_URL says where, TOKENLAB_API_KEY as whom.
declare(strict_types=1);

$base = preg_replace('~/v1$~', '', rtrim(getenv('TOKENLAB_BASE_URL'), '/'));
$job = json_decode(getenv('KIT_JOB') ?: '{}', true);
if (($job['action'] ?? 'generate') !== 'generate') {
    exit(127);
}
$small = ['model' => 'seedance-2.0-fast', 'prompt' => 'A paper boat', 'duration' => 4];
$request = json_encode(($job['request'] ?? $small) + ['operation' => 'text-to-video']);
$interval = (float) ($job['poll_interval_s'] ?? 5);
$until = microtime(true) + ($job['deadline_s'] ?? 600);

/** Return status, Retry-After and JSON of an answer; status 0 where none came. */
function send(string $url, ?string $body = null): array
{
    $asked = '';
    // A handle of its own for each request: curl repeats even a POST when a connection that it
    // used before breaks. Nothing is followed.
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
        CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$asked): int {
            if (preg_match('/^retry-after:\s*(\d+)\s*$/i', $line, $found)) {
                $asked = $found[1];
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
    return [$status, (float) $asked, is_array($data) ? $data : []];
}

/** Say what happened, and leave. */
function done(string $outcome, array $task, mixed $error = null, array $urls = []): never
{
    $id = $task['id'] ?? $task['task_id'] ?? null;
    $line = ['kit' => 1, 'outcome' => $outcome, 'task_id' => $id];
    echo json_encode($line + ['video_urls' => $urls, 'error' => $error]), "\n";
    exit($outcome === 'completed' ? 0 : 1);
}

/** Return the seconds that an error asks to wait. */
function hint(float $asked, array $data): float
{
    $inBody = is_array($data['error'] ?? null) ? $data['error']['retry_after'] ?? 0 : 0;
    return max($asked, is_numeric($inBody) ? (float) $inBody : 0.0);
}

function rest(float $seconds): void
{
    usleep((int) ceil($seconds * 1e6));
}

// Create the task: once, unless the API says that it did not and may be asked again.
for ($attempt = 1; ; $attempt++) {
    [$status, $asked, $task] = send("$base/v1/videos/generations", $request);
    if ($status === 200 && ($task['id'] ?? $task['task_id'] ?? '') !== '') {
        break;
    }
    $error = $task['error'] ?? null;
    $welcome = in_array($status, [429, 503], true) && ($error['retryable'] ?? false) === true;
    $pause = hint($asked, $task) ?: 2 ** $attempt;
    if (!$welcome || $attempt === 3 || microtime(true) + $pause > $until) {
        done('error', [], $error ?? "HTTP $status: a task may exist, look before a retry");
    }
    rest($pause);
}

// The key goes nowhere else than to the API.
$url = $task['poll_url'] ?? '';
if (preg_match('~^/(?!/)~', $url)) {
    $url = $base . $url;
} elseif (!str_starts_with($url, "$base/")) {
    $url = "$base/v1/tasks/" . rawurlencode($task['id'] ?? $task['task_id']);
}

[$failures, $pause] = [0, $interval];
while (!in_array($task['status'] ?? '', ['completed', 'failed'], true)) {
    if ($failures === 8 || microtime(true) + $pause > $until) {
        done('timeout', $task);
    }
    rest($pause);
    [$status, $asked, $data] = send($url);
    if ($status >= 400 && $status < 500 && !in_array($status, [408, 429], true)) {
        done('error', $task, $data['error'] ?? null);
    }
    if ($status === 200 && is_string($data['status'] ?? null)) {
        [$task, $failures, $pause] = [$data, 0, $interval];
    } else {
        $failures++;
        $pause = max(hint($asked, $data), min($interval * 2 ** $failures, 60), 1);
    }
}

if ($task['status'] === 'failed') {
    done(($task['cancelled'] ?? false) ? 'cancelled' : 'failed', $task, $task['error'] ?? null);
}
$found = [$task['video_url'] ?? null, $task['video']['url'] ?? null];
$urls = array_values(array_unique(array_filter(
    [...$found, ...array_column($task['videos'] ?? [], 'url')]
)));
done($urls ? 'completed' : 'failed', $task, $urls ? null : 'no video', $urls);
