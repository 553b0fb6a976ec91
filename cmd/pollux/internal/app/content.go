package app

import (
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
)

// Content is a directory whose files are served, or none. The files are found
// below it only, whatever their names and links say.
type Content struct{ root *os.Root }

// Open opens the directory; "" is none. The caller closes it.
func Open(dir string) (Content, error) {
	if dir == "" {
		return Content{}, nil
	}
	root, err := os.OpenRoot(dir)
	return Content{root}, err
}

// Close closes the directory. Answers in progress have their files open.
func (c Content) Close() error {
	if c.root == nil {
		return nil
	}
	return c.root.Close()
}

// route answers a GET or HEAD request with a file. What is no plain file does
// not exist for it.
func (c Content) route(req *http.Request) reply {
	if r, wrong := refuseMethod(req); wrong {
		return r
	}
	name := path.Clean("/" + req.URL.Path)
	if strings.ContainsRune(name, 0) {
		return problem(http.StatusBadRequest)
	}
	file, info, err := c.find(strings.TrimPrefix(name, "/"))
	switch {
	case errors.Is(err, fs.ErrPermission):
		return problem(http.StatusForbidden)
	case err != nil:
		return problem(http.StatusNotFound)
	case file == nil: // a directory without a slash, against which its links would go wrong
		if !strings.HasSuffix(req.URL.Path, "/") {
			return moved(name+"/", req.URL.RawQuery)
		}
		if file, info, err = c.find(path.Join(name, "index.html")[1:]); err != nil || file == nil {
			return problem(http.StatusNotFound)
		}
		name = "index.html"
	case strings.HasSuffix(req.URL.Path, "/"):
		_ = file.Close() // it was only looked for
		return problem(http.StatusNotFound)
	}
	return answerFile(req, name, file, info)
}

// find opens a plain file. It returns neither file nor error for a directory.
func (c Content) find(name string) (*os.File, fs.FileInfo, error) {
	if name == "" {
		name = "."
	}
	// A FIFO would have the open wait for its other end.
	info, err := c.root.Stat(name)
	switch {
	case err != nil:
		return nil, nil, err
	case info.IsDir():
		return nil, info, nil
	case !info.Mode().IsRegular():
		return nil, nil, fs.ErrNotExist
	}
	f, err := c.root.OpenFile(name, os.O_RDONLY|sys.O_NONBLOCK, 0) // it may be another by now
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err == nil && info.Mode().IsRegular() {
		return f, info, nil
	}
	return nil, nil, errors.Join(fs.ErrNotExist, err, f.Close())
}

func moved(to, query string) reply {
	r := problem(http.StatusMovedPermanently)
	r.headers = "Location: " + (&url.URL{Path: to, RawQuery: query}).RequestURI() + "\r\n"
	return r
}

// answerFile answers with a file, or a part of it. The file is the answer's.
func answerFile(req *http.Request, name string, f *os.File, info fs.FileInfo) reply {
	changed := info.ModTime().UTC().Truncate(time.Second)
	r := reply{code: http.StatusOK, file: &section{file: f, size: info.Size()}, kind: kindOf(name)}
	r.headers = "Last-Modified: " + changed.Format(http.TimeFormat) + "\r\nAccept-Ranges: bytes\r\n"
	if since, err := http.ParseTime(req.Header.Get("If-Modified-Since")); err == nil && !changed.After(since) {
		r.code = http.StatusNotModified
		return r
	}
	if !sameVersion(req.Header.Get("If-Range"), changed) {
		return r
	}
	offset, size, ok := byteRange(req.Header.Get("Range"), info.Size())
	total := strconv.FormatInt(info.Size(), 10)
	switch {
	case !ok:
	case size == 0:
		_ = f.Close() // it was only looked at
		r = problem(http.StatusRequestedRangeNotSatisfiable)
		r.headers = "Content-Range: bytes */" + total + "\r\n"
	default:
		r.code, r.file.offset, r.file.size = http.StatusPartialContent, offset, size
		r.headers += "Content-Range: bytes " + strconv.FormatInt(offset, 10) + "-" + strconv.FormatInt(offset+size-1, 10) + "/" + total + "\r\n"
	}
	return r
}

// sameVersion reports whether a range may be taken of the file as it is.
func sameVersion(condition string, changed time.Time) bool {
	if condition == "" {
		return true
	}
	t, err := http.ParseTime(condition)
	return err == nil && t.Equal(changed)
}

// byteRange understands a header with one range, RFC 9110 section 14.1.2. One
// that it does not understand, or that lists several, is as none: all of the
// file is an answer to it, and of one that is empty to any. No bytes means that
// the range is outside.
func byteRange(header string, total int64) (offset, size int64, ok bool) {
	spec, ok := strings.CutPrefix(header, "bytes=")
	if !ok || total == 0 {
		return 0, 0, false
	}
	first, last, ok := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok {
		return 0, 0, false
	}
	from, fromOK := decimal(first)
	to, toOK := decimal(last)
	switch {
	case first == "" && toOK: // the last bytes
		n := min(to, total)
		return total - n, n, true
	case !fromOK || last != "" && (!toOK || to < from):
		return 0, 0, false
	case from >= total:
		return 0, 0, true
	case last == "" || to >= total:
		to = total - 1
	}
	return from, to - from + 1, true
}

// decimal reads digits, and nothing but digits.
func decimal(s string) (int64, bool) {
	if strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// kindOf is the content type of a file, by its name.
func kindOf(name string) string {
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}
