// Make one video with net/http. TOKENLAB_BASE_URL says where, TOKENLAB_API_KEY as whom.
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

// Keep-alives are off, so that no request can meet a connection that is being closed. No header
// Idempotency-Key either: net/http would take it as leave to repeat a POST.
var client = &http.Client{
	Timeout:       30 * time.Second,
	Transport:     &http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

var base = strings.TrimSuffix(strings.TrimRight(os.Getenv("TOKENLAB_BASE_URL"), "/"), "/v1")

// send returns status, headers and JSON of an answer; status 0 where none came.
func send(method, path string, body []byte) (int, http.Header, object) {
	request, err := http.NewRequest(method, base+path, bytes.NewReader(body))
	if err != nil {
		return 0, http.Header{}, object{}
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("TOKENLAB_API_KEY"))
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		return 0, http.Header{}, object{}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	data := object{}
	if err != nil || json.Unmarshal(text, &data) != nil {
		data = object{}
	}
	return answer.StatusCode, answer.Header, data
}

// end says what happened, and leaves.
func end(outcome string, task object, problem any, urls []string) {
	line, _ := json.Marshal(object{"kit": 1, "outcome": outcome, "task_id": id(task),
		"video_urls": append([]string{}, urls...), "error": problem})
	fmt.Println(string(line))
	if outcome != "completed" {
		os.Exit(1)
	}
	os.Exit(0)
}

func id(task object) string {
	for _, name := range []string{"id", "task_id"} {
		if text, ok := task[name].(string); ok && text != "" {
			return text
		}
	}
	return ""
}

// hint returns the seconds that an error asks to wait.
func hint(header http.Header, data object) float64 {
	asked, _ := strconv.ParseUint(header.Get("Retry-After"), 10, 32)
	problem, _ := data["error"].(object)
	inBody, _ := problem["retry_after"].(float64)
	return math.Max(float64(asked), inBody)
}

// create creates the task: once, unless the API says that it did not and may be asked again.
func create(request []byte, until time.Time) object {
	for attempt := 1; ; attempt++ {
		status, header, data := send("POST", "/v1/videos/generations", request)
		if status == 200 && id(data) != "" {
			return data
		}
		problem, _ := data["error"].(object)
		pause := hint(header, data)
		if pause == 0 {
			pause = math.Pow(2, float64(attempt))
		}
		welcome := problem["retryable"] == true && (status == 429 || status == 503)
		if !welcome || attempt == 3 || time.Now().Add(seconds(pause)).After(until) {
			fmt.Fprintf(os.Stderr, "HTTP %d: unless it was refused, a task may exist\n", status)
			end("error", nil, data["error"], nil)
		}
		time.Sleep(seconds(pause))
	}
}

func seconds(value float64) time.Duration { return time.Duration(value * float64(time.Second)) }

// pollPath returns where to poll. The key goes nowhere else than to the API.
func pollPath(task object) string {
	where, _ := task["poll_url"].(string)
	if strings.HasPrefix(where, "/") && !strings.HasPrefix(where, "//") {
		return where
	}
	if strings.HasPrefix(where, base+"/") {
		return strings.TrimPrefix(where, base)
	}
	return "/v1/tasks/" + url.PathEscape(id(task))
}

// urls returns where the results are.
func urls(task object) []string {
	places := []any{object{"url": task["video_url"]}, task["video"]}
	if several, ok := task["videos"].([]any); ok {
		places = append(places, several...)
	}
	var found []string
	for _, place := range places {
		one, _ := place.(object)
		if text, ok := one["url"].(string); ok && !strings.Contains(strings.Join(found, "\n"), text) {
			found = append(found, text)
		}
	}
	return found
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
	until := time.Now().Add(seconds(job.Deadline))
	task := create(request, until)
	path, failures, pause := pollPath(task), 0.0, job.Interval
	for task["status"] != "completed" && task["status"] != "failed" {
		if failures == 8 || time.Now().Add(seconds(pause)).After(until) {
			end("timeout", task, nil, nil)
		}
		time.Sleep(seconds(pause))
		status, header, data := send("GET", path, nil)
		if status >= 400 && status < 500 && status != 408 && status != 429 {
			end("error", task, data["error"], nil)
		}
		if text, ok := data["status"].(string); ok && status == 200 && text != "" {
			task, failures, pause = data, 0, job.Interval
			continue
		}
		failures++
		pause = math.Max(hint(header, data), math.Max(1, math.Min(job.Interval*math.Pow(2, failures), 60)))
	}
	found := urls(task)
	switch {
	case task["cancelled"] == true:
		end("cancelled", task, task["error"], nil)
	case task["status"] == "failed":
		end("failed", task, task["error"], nil)
	case len(found) == 0:
		end("failed", task, "no video", nil)
	}
	end("completed", task, nil, found)
}
