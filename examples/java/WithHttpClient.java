// Make one video with java.net.http (17 or later): java WithHttpClient.java
// TOKENLAB_BASE_URL says where, TOKENLAB_API_KEY as whom.

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
    // It repeats no POST, unlike HttpURLConnection. It must not follow: it would take the key along.
    static final HttpClient API = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofSeconds(30))
            .build();
    static final String BASE =
            System.getenv("TOKENLAB_BASE_URL").replaceAll("/+$", "").replaceAll("/v1$", "");
    static final String JOB = Optional.ofNullable(System.getenv("KIT_JOB")).orElse("{}");
    static final double INTERVAL = number(JOB, "poll_interval_s").orElse(5.0);
    static final long UNTIL =
            System.nanoTime() + (long) (number(JOB, "deadline_s").orElse(600.0) * 1e9);

    record Answer(int status, double retryAfter, String body) {}

    // Java has no JSON of its own. These read single members; a program should use a library.
    static Optional<String> text(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(json);
        return found.find() ? Optional.of(found.group(1).replace("\\/", "/").replace("\\u0026", "&")) : Optional.empty();
    }

    static Optional<Double> number(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*(\\d+(?:\\.\\d+)?)").matcher(json);
        return found.find() ? Optional.of(Double.valueOf(found.group(1))) : Optional.empty();
    }

    static boolean yes(String json, String name) {
        return Pattern.compile("\"" + name + "\"\\s*:\\s*true").matcher(json).find();
    }

    /** Return the object that is a member, braces in texts left alone. */
    static Optional<String> object(String json, String name) {
        Matcher start = Pattern.compile("\"" + name + "\"\\s*:\\s*\\{").matcher(json);
        if (!start.find()) return Optional.empty();
        Matcher token = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"|[{}]").matcher(json);
        int depth = 0;
        for (int at = start.end() - 1; token.find(at); at = token.end()) {
            depth += token.group().equals("{") ? 1 : token.group().equals("}") ? -1 : 0;
            if (depth == 0) return Optional.of(json.substring(start.end() - 1, token.end()));
        }
        return Optional.empty();
    }

    /** Return an answer; status 0 where none came. */
    static Answer send(String method, String url, String body) throws InterruptedException {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .timeout(Duration.ofSeconds(30))
                    .header("Authorization", "Bearer " + System.getenv("TOKENLAB_API_KEY"))
                    .header("Content-Type", "application/json")
                    .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                    .build();
            HttpResponse<String> answer = API.send(request, BodyHandlers.ofString());
            String asked = answer.headers().firstValue("Retry-After").orElse("");
            double header = asked.matches("\\d{1,9}") ? Double.parseDouble(asked) : 0;
            double hint = Math.max(header, number(answer.body(), "retry_after").orElse(0.0));
            return new Answer(answer.statusCode(), hint, answer.body());
        } catch (IOException | IllegalArgumentException error) {
            return new Answer(0, 0, "");
        }
    }

    static void rest(double seconds) throws InterruptedException {
        Thread.sleep((long) Math.ceil(seconds * 1000));
    }

    static boolean late(double pause) {
        return System.nanoTime() + (long) (pause * 1e9) > UNTIL;
    }

    /** Say what happened, and leave. */
    static void end(String outcome, String id, String message, Set<String> urls) {
        String list = urls.isEmpty() ? "" : "\"" + String.join("\", \"", urls) + "\"";
        System.out.printf("{\"kit\": 1, \"outcome\": \"%s\", \"task_id\": \"%s\", \"video_urls\": [%s], "
                + "\"error\": {\"message\": \"%s\"}}%n", outcome, id, list, message);
        System.exit(outcome.equals("completed") ? 0 : 1);
    }

    /** Create the task: once, unless the API says that it did not and may be asked again. */
    static String create(String request) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Answer answer = send("POST", BASE + "/v1/videos/generations", request);
            int status = answer.status();
            if (status == 200 && answer.body().strip().endsWith("}")) return answer.body();
            double pause = answer.retryAfter() > 0 ? answer.retryAfter() : Math.pow(2, attempt);
            boolean welcome = yes(answer.body(), "retryable") && (status == 429 || status == 503);
            if (!welcome || attempt == 3 || late(pause)) {
                String message = text(answer.body(), "message").orElse("a task may exist, look first");
                end("error", "", "HTTP " + status + ": " + message, Set.of());
            }
            rest(pause);
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        if (!text(JOB, "action").orElse("generate").equals("generate")) System.exit(127);
        String small = "{\"model\": \"seedance-2.0-fast\", \"prompt\": \"A paper boat\"}";
        String request = object(JOB, "request").orElse(small);
        if (text(request, "operation").isEmpty()) {
            request = "{\"operation\": \"text-to-video\", " + request.substring(1);
        }
        String task = create(request);
        String id = text(task, "id").or(() -> text(task, "task_id")).orElse("");
        if (id.isEmpty()) end("error", "", "the answer is no task: one may exist, look first", Set.of());

        // The key goes nowhere else than to the API.
        String where = text(task, "poll_url").orElse("");
        String usual = BASE + "/v1/tasks/" + URLEncoder.encode(id, StandardCharsets.UTF_8);
        String url = where.matches("/(?!/).*") ? BASE + where : where.startsWith(BASE + "/") ? where : usual;

        String seen = task;
        int failures = 0;
        double pause = INTERVAL;
        while (!text(seen, "status").orElse("").matches("completed|failed")) {
            if (failures == 8 || late(pause)) end("timeout", id, "not finished in time", Set.of());
            rest(pause);
            Answer answer = send("GET", url, null);
            int status = answer.status();
            if (status >= 400 && status < 500 && status != 408 && status != 429) {
                end("error", id, text(answer.body(), "message").orElse("HTTP " + status), Set.of());
            }
            if (status == 200 && text(answer.body(), "status").isPresent()) {
                seen = answer.body();
                failures = 0;
                pause = INTERVAL;
            } else {
                failures++;
                double backoff = Math.max(1, Math.min(INTERVAL * Math.pow(2, failures), 60));
                pause = Math.max(answer.retryAfter(), backoff);
            }
        }

        if (text(seen, "status").orElse("").equals("failed")) {
            String message = text(seen, "error").or(() -> text(task, "message")).orElse("no reason given");
            end(yes(seen, "cancelled") ? "cancelled" : "failed", id, message, Set.of());
        }
        Set<String> urls = new LinkedHashSet<>();
        text(seen, "video_url").ifPresent(urls::add);
        Matcher found = Pattern.compile("\"url\"\\s*:\\s*\"([^\"]+)\"").matcher(seen);
        while (found.find()) urls.add(found.group(1));
        end(urls.isEmpty() ? "failed" : "completed", id, urls.isEmpty() ? "no video" : "", urls);
    }
}
