// Generate one video with net/http. TOKENLAB_BASE_URL and TOKENLAB_API_KEY name the API and the
// key. KIT_JOB is optional: the contract kit sets it to describe a case.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

type object = map[string]any

// Keep-alives are off, so that no request is sent on a connection that the server is closing. Do
// not add an Idempotency-Key header: net/http then retries a POST by itself. Redirects are not
// followed, because they would take the request to another host.
var client = &http.Client{
	Timeout:       30 * time.Second,
	Transport:     &http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

var base = strings.TrimSuffix(strings.TrimRight(os.Getenv("TOKENLAB_BASE_URL"), "/"), "/v1")

// send returns the status, headers and JSON object of a response; status 0 if there is none.
func send(method, path string, body []byte) (int, http.Header, object) {
	request, err := http.NewRequest(method, base+path, bytes.NewReader(body))
	if err != nil {
		return 0, http.Header{}, object{}
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("TOKENLAB_API_KEY"))
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return 0, http.Header{}, object{}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	data := object{}
	if err != nil || json.Unmarshal(text, &data) != nil {
		data = object{}
	}
	return response.StatusCode, response.Header, data
}

// finish prints the outcome and exits.
func finish(outcome string, task object, problem any, urls []string) {
	line, _ := json.Marshal(object{"kit": 1, "outcome": outcome, "task_id": taskID(task),
		"video_urls": append([]string{}, urls...), "error": problem})
	fmt.Println(string(line))
	if outcome != "completed" {
		os.Exit(1)
	}
	os.Exit(0)
}

// taskID returns the id of a task, which may have either name.
func taskID(task object) string {
	for _, name := range []string{"id", "task_id"} {
		if text, ok := task[name].(string); ok && text != "" {
			return text
		}
	}
	return ""
}

// retryAfter returns the seconds to wait before a retry: the longer of header and body, 0 if none.
func retryAfter(header http.Header, data object) float64 {
	inHeader, _ := strconv.ParseUint(header.Get("Retry-After"), 10, 32)
	problem, _ := data["error"].(object)
	inBody, _ := problem["retry_after"].(float64)
	return math.Max(float64(inHeader), inBody)
}

// create creates the task. It retries only if the API says that it created nothing.
func create(request []byte, deadline time.Time) object {
	for attempt := 1; ; attempt++ {
		status, header, data := send("POST", "/v1/videos/generations", request)
		if status == 200 && taskID(data) != "" {
			return data
		}
		problem, _ := data["error"].(object)
		wait := retryAfter(header, data)
		if wait == 0 {
			wait = math.Pow(2, float64(attempt))
		}
		// Without a response, or after a 502 or 504, a task may exist: a retry could pay twice.
		retryable := problem["retryable"] == true && (status == 429 || status == 503)
		if !retryable || attempt == 3 || time.Now().Add(seconds(wait)).After(deadline) {
			fmt.Fprintf(os.Stderr, "HTTP %d: a task may exist, check before you retry\n", status)
			finish("error", nil, data["error"], nil)
		}
		time.Sleep(seconds(wait))
	}
}

// seconds converts a number of seconds to a duration.
func seconds(value float64) time.Duration { return time.Duration(value * float64(time.Second)) }

// pollPath returns the path to poll: poll_url if it leads to the API, else the documented path.
// Every poll carries the key, so it must not go to another host. "//host/" is another host.
func pollPath(task object) string {
	pollURL, _ := task["poll_url"].(string)
	if strings.HasPrefix(pollURL, "/") && !strings.HasPrefix(pollURL, "//") {
		return pollURL
	}
	if strings.HasPrefix(pollURL, base+"/") {
		return strings.TrimPrefix(pollURL, base)
	}
	return "/v1/tasks/" + url.PathEscape(taskID(task))
}

// videoURLs returns the URLs of the results.
func videoURLs(task object) []string {
	entries := []any{object{"url": task["video_url"]}, task["video"]}
	if videos, ok := task["videos"].([]any); ok {
		entries = append(entries, videos...)
	}
	var urls []string
	for _, entry := range entries {
		video, _ := entry.(object)
		if text, ok := video["url"].(string); ok && !strings.Contains(strings.Join(urls, "\n"), text) {
			urls = append(urls, text)
		}
	}
	return urls
}

func main() {
	job := struct {
		Action   string  `json:"action"`
		Request  object  `json:"request"`
		Interval float64 `json:"poll_interval_s"`
		Deadline float64 `json:"deadline_s"`
	}{"generate", object{"model": "seedance-2.0-fast", "prompt": "A paper boat"}, 5, 600}
	_ = json.Unmarshal([]byte(os.Getenv("KIT_JOB")), &job)
	if job.Action != "generate" {
		os.Exit(127)
	}
	if job.Request["operation"] == nil {
		job.Request["operation"] = "text-to-video"
	}
	request, _ := json.Marshal(job.Request)
	deadline := time.Now().Add(seconds(job.Deadline))
	task := create(request, deadline)
	path, failures, wait := pollPath(task), 0.0, job.Interval
	for task["status"] != "completed" && task["status"] != "failed" {
		if failures == 8 || time.Now().Add(seconds(wait)).After(deadline) {
			finish("timeout", task, nil, nil)
		}
		time.Sleep(seconds(wait))
		status, header, data := send("GET", path, nil)
		if status >= 400 && status < 500 && status != 408 && status != 429 {
			finish("error", task, data["error"], nil)
		}
		// Any other failed poll says nothing about the task, which goes on and is paid for.
		if text, ok := data["status"].(string); ok && status == 200 && text != "" {
			task, failures, wait = data, 0, job.Interval
			continue
		}
		failures++
		backoff := math.Min(job.Interval*math.Pow(2, failures), 60)
		wait = math.Max(retryAfter(header, data), math.Max(1, backoff))
	}
	urls := videoURLs(task)
	switch {
	case task["cancelled"] == true:
		finish("cancelled", task, task["error"], nil)
	case task["status"] == "failed":
		finish("failed", task, task["error"], nil)
	case len(urls) == 0:
		finish("failed", task, "no video", nil)
	}
	finish("completed", task, nil, urls)
}
