// Generate one video with java.net.http (Java 17 or later): java WithHttpClient.java
// TOKENLAB_BASE_URL and TOKENLAB_API_KEY name the API and the key. KIT_JOB is optional: the
// contract kit sets it to describe a case.

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class WithHttpClient {
    // HttpClient never retries a POST; HttpURLConnection does. Redirects are not followed, because
    // they would take the key to another host.
    static final HttpClient API = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofSeconds(30))
            .build();
    static final String BASE =
            System.getenv("TOKENLAB_BASE_URL").replaceAll("/+$", "").replaceAll("/v1$", "");
    static final String JOB = Optional.ofNullable(System.getenv("KIT_JOB")).orElse("{}");
    static final double POLL_INTERVAL = number(JOB, "poll_interval_s").orElse(5.0);
    static final long DEADLINE =
            System.nanoTime() + (long) (number(JOB, "deadline_s").orElse(600.0) * 1e9);

    record Response(int status, double retryAfter, String body) {}

    // Java has no JSON parser. These methods read single members; a real program uses a library.
    static Optional<String> text(String json, String name) {
        Matcher match = Pattern.compile("\"" + name + "\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(json);
        if (!match.find()) return Optional.empty();
        return Optional.of(match.group(1).replace("\\/", "/").replace("\\u0026", "&"));
    }

    static Optional<Double> number(String json, String name) {
        Matcher match = Pattern.compile("\"" + name + "\"\\s*:\\s*(\\d+(?:\\.\\d+)?)").matcher(json);
        return match.find() ? Optional.of(Double.valueOf(match.group(1))) : Optional.empty();
    }

    static boolean isTrue(String json, String name) {
        return Pattern.compile("\"" + name + "\"\\s*:\\s*true").matcher(json).find();
    }

    /** Return the text of a member that is an object. Braces inside strings do not count. */
    static Optional<String> object(String json, String name) {
        Matcher start = Pattern.compile("\"" + name + "\"\\s*:\\s*\\{").matcher(json);
        if (!start.find()) return Optional.empty();
        Matcher token = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"|[{}]").matcher(json);
        int depth = 0;
        for (int position = start.end() - 1; token.find(position); position = token.end()) {
            depth += token.group().equals("{") ? 1 : token.group().equals("}") ? -1 : 0;
            if (depth == 0) return Optional.of(json.substring(start.end() - 1, token.end()));
        }
        return Optional.empty();
    }

    /** Return a response; status 0 if there is none. */
    static Response send(String method, String url, String body) throws InterruptedException {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .timeout(Duration.ofSeconds(30))
                    .header("Authorization", "Bearer " + System.getenv("TOKENLAB_API_KEY"))
                    .header("Content-Type", "application/json")
                    .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                    .build();
            HttpResponse<String> response = API.send(request, BodyHandlers.ofString());
            String header = response.headers().firstValue("Retry-After").orElse("");
            double inHeader = header.matches("\\d{1,9}") ? Double.parseDouble(header) : 0;
            double inBody = number(response.body(), "retry_after").orElse(0.0);
            return new Response(response.statusCode(), Math.max(inHeader, inBody), response.body());
        } catch (IOException | IllegalArgumentException error) {
            return new Response(0, 0, "");
        }
    }

    static void sleep(double seconds) throws InterruptedException {
        Thread.sleep((long) Math.ceil(seconds * 1000));
    }

    /** Tell whether the deadline comes before the end of a wait. */
    static boolean tooLate(double seconds) {
        return System.nanoTime() + (long) (seconds * 1e9) > DEADLINE;
    }

    /** Print the outcome and exit. */
    static void finish(String outcome, String id, String message, Set<String> urls) {
        String list = urls.isEmpty() ? "" : "\"" + String.join("\", \"", urls) + "\"";
        System.out.printf("{\"kit\": 1, \"outcome\": \"%s\", \"task_id\": \"%s\", \"video_urls\": [%s], "
                + "\"error\": {\"message\": \"%s\"}}%n", outcome, id, list, message);
        System.exit(outcome.equals("completed") ? 0 : 1);
    }

    /** Create the task. Retry only if the API says that it created nothing. */
    static String create(String request) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Response response = send("POST", BASE + "/v1/videos/generations", request);
            int status = response.status();
            if (status == 200 && response.body().strip().endsWith("}")) return response.body();
            double wait = response.retryAfter() > 0 ? response.retryAfter() : Math.pow(2, attempt);
            // Without a response, or after a 502 or 504, a task may exist: a retry could pay twice.
            boolean retryable = isTrue(response.body(), "retryable") && (status == 429 || status == 503);
            if (!retryable || attempt == 3 || tooLate(wait)) {
                String message = text(response.body(), "message").orElse("a task may exist, check before you retry");
                finish("error", "", "HTTP " + status + ": " + message, Set.of());
            }
            sleep(wait);
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        if (!text(JOB, "action").orElse("generate").equals("generate")) System.exit(127);
        String defaultRequest = "{\"model\": \"seedance-2.0-fast\", \"prompt\": \"A paper boat\"}";
        String request = object(JOB, "request").orElse(defaultRequest);
        if (text(request, "operation").isEmpty()) {
            request = "{\"operation\": \"text-to-video\", " + request.substring(1);
        }
        String task = create(request);
        String id = text(task, "id").or(() -> text(task, "task_id")).orElse("");
        if (id.isEmpty()) finish("error", "", "the response names no task: one may exist", Set.of());

        // Poll poll_url if it leads to the API, else the documented path. Every poll carries the key,
        // so it must not go to another host. "//host/" is another host.
        String url = text(task, "poll_url").orElse("");
        if (url.matches("/(?!/).*")) {
            url = BASE + url;
        } else if (!url.startsWith(BASE + "/")) {
            url = BASE + "/v1/tasks/" + URLEncoder.encode(id, StandardCharsets.UTF_8);
        }

        String snapshot = task;
        int failures = 0;
        double wait = POLL_INTERVAL;
        while (!text(snapshot, "status").orElse("").matches("completed|failed")) {
            if (failures == 8 || tooLate(wait)) finish("timeout", id, "not finished in time", Set.of());
            sleep(wait);
            Response response = send("GET", url, null);
            int status = response.status();
            if (status >= 400 && status < 500 && status != 408 && status != 429) {
                finish("error", id, text(response.body(), "message").orElse("HTTP " + status), Set.of());
            }
            // Any other failed poll says nothing about the task, which goes on and is paid for.
            if (status == 200 && text(response.body(), "status").isPresent()) {
                snapshot = response.body();
                failures = 0;
                wait = POLL_INTERVAL;
            } else {
                failures++;
                double backoff = Math.max(1, Math.min(POLL_INTERVAL * Math.pow(2, failures), 60));
                wait = Math.max(response.retryAfter(), backoff);
            }
        }

        if (text(snapshot, "status").orElse("").equals("failed")) {
            String message = text(snapshot, "error").or(() -> text(task, "message")).orElse("no reason given");
            finish(isTrue(snapshot, "cancelled") ? "cancelled" : "failed", id, message, Set.of());
        }
        Set<String> urls = new LinkedHashSet<>();
        text(snapshot, "video_url").ifPresent(urls::add);
        Matcher match = Pattern.compile("\"url\"\\s*:\\s*\"([^\"]+)\"").matcher(snapshot);
        while (match.find()) urls.add(match.group(1));
        finish(urls.isEmpty() ? "failed" : "completed", id, urls.isEmpty() ? "no video" : "", urls);
    }
}
