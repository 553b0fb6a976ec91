package app_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/cmd/pollux/internal/app"
)

// changed is when the files of tree were.
var changed = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// tree makes a directory with files, and some that must not be had.
func tree(t *testing.T) string {
	t.Helper()
	outside, dir := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"a.txt": "hello", "empty": "", "page.html": "<p>page", "with space.css": "p {}",
		"big.bin": strings.Repeat("0123456789abcdef", 100_000), "sub/index.html": "<p>index", "none/file": "x", "%2e": "percent",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, changed, changed); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"out": outside, "leak": filepath.Join(outside, "secret"), "up": "../secret", "in": "a.txt"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func startFiles(t *testing.T, dir string) string {
	t.Helper()
	content, err := app.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = content.Close() })
	addr, _ := startApp(t, "files", content)
	return addr
}

// TestFilesLikeNetHTTP compares answers with those of http.FileServer.
func TestFilesLikeNetHTTP(t *testing.T) {
	dir := tree(t)
	addr := startFiles(t, dir)
	theirs := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer theirs.Close()
	later := changed.Add(time.Hour).Format(http.TimeFormat)
	now, earlier := changed.Format(http.TimeFormat), changed.Add(-time.Hour).Format(http.TimeFormat)
	for _, target := range []string{
		"/a.txt", "/empty", "/page.html", "/with%20space.css", "/big.bin", "/sub/", "/in", "/%61.txt", "/sub/../a.txt", "/%252e", "/nothing", "/sub/nothing", "/a.txt?q=1",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			for _, header := range []string{
				"", "If-Modified-Since: " + now, "If-Modified-Since: " + later, "If-Modified-Since: " + earlier, "If-Modified-Since: no time",
				"Range: bytes=0-0", "Range: bytes=1-3", "Range: bytes=2-", "Range: bytes=-2", "Range: bytes=0-999999999", "Range: bytes=-999999999",
				"Range: bytes=0-1\r\nIf-Range: " + now, "Range: bytes=0-1\r\nIf-Range: " + earlier,
			} {
				if target == "/empty" && strings.HasPrefix(header, "Range: bytes=-") {
					continue // net/http answers with bytes 0 to -1
				}
				request := method + " " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + header
				if header != "" {
					request += "\r\n"
				}
				want := ask(t, theirs.Listener.Addr().String(), method, request+"\r\n")
				got := ask(t, addr, method, request+"\r\n")
				compare(t, strings.ReplaceAll(request, "\r\n", " | "), got, want)
			}
		}
	}
}

type response struct {
	*http.Response
	body []byte
}

func ask(t *testing.T, addr, method, request string) response {
	t.Helper()
	conn := connect(t, addr)
	defer conn.Close()
	send(t, conn, request)
	r, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(request, err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(request, err)
	}
	return response{r, body}
}

func compare(t *testing.T, request string, got, want response) {
	t.Helper()
	if got.StatusCode != want.StatusCode {
		t.Errorf("%s: %d, want %d", request, got.StatusCode, want.StatusCode)
		return
	}
	if got.StatusCode >= 400 { // the texts are our own
		if value := "Content-Range"; got.Header.Get(value) != want.Header.Get(value) {
			t.Errorf("%s: %s %q, want %q", request, value, got.Header.Get(value), want.Header.Get(value))
		}
		return
	}
	if !bytes.Equal(got.body, want.body) || got.ContentLength != want.ContentLength {
		t.Errorf("%s: %d bytes, length %d, want %d and %d", request, len(got.body), got.ContentLength, len(want.body), want.ContentLength)
	}
	for _, name := range []string{"Last-Modified", "Content-Range", "Accept-Ranges"} {
		if got.StatusCode == http.StatusNotModified && name == "Accept-Ranges" {
			continue
		}
		if got.Header.Get(name) != want.Header.Get(name) {
			t.Errorf("%s: %s %q, want %q", request, name, got.Header.Get(name), want.Header.Get(name))
		}
	}
	// Where the name says nothing net/http looks at the text.
	if kind := got.Header.Get("Content-Type"); kind != want.Header.Get("Content-Type") && kind != "application/octet-stream" {
		t.Errorf("%s: Content-Type %q, want %q", request, kind, want.Header.Get("Content-Type"))
	}
}

// TestFilesRefuses asks for what is not there, or not to be had.
func TestFilesRefuses(t *testing.T) {
	addr := startFiles(t, tree(t))
	for request, want := range map[string]int{
		"GET /../a.txt": 200, "GET /..%2f..%2fetc/passwd": 404, "GET /out/secret": 404, "GET /leak": 404, "GET /up": 404,
		"GET /fifo": 404, "GET /a%00.txt": 400, "GET /none/": 404, "GET /a.txt/": 404, "GET /": 404, "GET /a.txt/x": 404,
		"POST /a.txt": 405, "GET /none": 301, "GET /sub": 301, "GET //sub": 301,
	} {
		conn := connect(t, addr)
		send(t, conn, request+" HTTP/1.1\r\nHost: a\r\n\r\n")
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(request, err)
		}
		body, err := io.ReadAll(r.Body)
		if r.StatusCode != want || err != nil || strings.Contains(string(body), "secret") {
			t.Errorf("%s: %d, want %d, %v: %q", request, r.StatusCode, want, err, body)
		}
		if to := r.Header.Get("Location"); want == 301 && to != "/"+strings.TrimLeft(strings.Fields(request)[1], "/")+"/" {
			t.Errorf("%s: moved to %q", request, to)
		}
	}
}

// TestFilesPipelined asks for several files at once on one connection, and then
// for another.
func TestFilesPipelined(t *testing.T) {
	addr := startFiles(t, tree(t))
	conn := connect(t, addr)
	get := func(name string) string { return "GET /" + name + " HTTP/1.1\r\nHost: a\r\n\r\n" }
	r := bufio.NewReader(conn)
	for range 3 {
		send(t, conn, get("a.txt")+get("big.bin")+get("empty")+get("nothing")+get("big.bin"))
		expect(t, r, 200, 5)
		expect(t, r, 200, 1_600_000)
		expect(t, r, 200, 0)
		expect(t, r, 404, int64(len("404 Not Found\n")))
		expect(t, r, 200, 1_600_000)
	}
}

// TestFilesCutShort has a file become shorter while it is sent, and clients
// leave in the middle: the connections end, and no descriptor stays.
func TestFilesCutShort(t *testing.T) {
	dir := tree(t)
	addr := startFiles(t, dir)
	huge := filepath.Join(dir, "huge")
	if err := os.WriteFile(huge, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 1<<30); err != nil {
		t.Fatal(err)
	}
	leaves, conn := connect(t, addr), connect(t, addr)
	for _, c := range []io.ReadWriter{leaves, conn} {
		if _, err := io.WriteString(c, "GET /huge HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := leaves.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 1000); err != nil {
		t.Fatal(err)
	}
	if n, _ := io.Copy(io.Discard, conn); n >= 1<<30 {
		t.Errorf("%d bytes came", n)
	}
}
