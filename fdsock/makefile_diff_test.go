package fdsock_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pollux-net/pollux/fdsock/pyio"
)

var (
	binaryModes = []string{"rb", "wb", "rwb", "b", "brr"}
	textModes   = []string{"r", "w", "rw", ""}
)

func one[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func ptr[T any](v T) *T { return &v }

// binaryScript makes calls of bytes. Either nothing waits, or calls time out
// at once, or the peer has sent everything.
func binaryScript(r *rand.Rand) *fileScript {
	s := &fileScript{Mode: one(r, binaryModes...), Timeout: one(r, ptr(0), ptr(0), ptr(3), nil)}
	size := one(r, -1, 0, 1, 2, 3, 5, 8, 16, 100)
	if size != -1 || r.IntN(2) == 0 {
		s.Buffering = ptr(size)
	}
	if s.Timeout != nil && *s.Timeout == 0 && r.IntN(4) == 0 {
		s.Sndbuf = 2048
	}
	limit := size // readinto1 of more would wait in CPython though data is there
	if size <= 0 {
		limit = 40
	}
	if s.Timeout == nil {
		for range 1 + r.IntN(3) {
			s.Ops = append(s.Ops, op("send", 0, lineText(r, "ab\n")))
		}
		s.Ops = append(s.Ops, op("eof", 0, ""))
	}
	for range 5 + r.IntN(20) {
		s.Ops = append(s.Ops, binaryOp(r, s, limit))
	}
	s.Ops = append(s.Ops, op("flush", 0, ""), op("drain", 0, ""))
	return s
}

func binaryOp(r *rand.Rand, s *fileScript, limit int) fileOp {
	raw := s.Buffering != nil && *s.Buffering == 0
	switch name := one(r, "send", "send", "send", "send", "read", "read", "read1", "readline", "readlines", "readinto",
		"readinto1", "peek", "iter", "write", "write", "write", "writelines", "flush", "drain", "rare"); name {
	case "send":
		if s.Timeout == nil {
			return op("closed", 0, "")
		}
		return op(name, 0, lineText(r, "ab\n"))
	case "readline":
		if s.Mode == "rwb" && !raw { // CPython's pair exceeds the limit when its buffer is short
			return op(name, one(r, -1, 0, 1), "")
		}
		return op(name, one(r, -1, 0, 1, 2, 3, 5, 8, 16, 30, 70), "")
	case "read":
		return op(name, one(r, -1, 0, 1, 2, 3, 5, 8, 16, 30, 70), "")
	case "readlines":
		return op(name, one(r, -1, 0, 1, 5, 20), "")
	case "readinto":
		return op(name, r.IntN(40), "")
	case "read1", "readinto1":
		if raw { // which Python's does not have
			return op("readinto", r.IntN(40), "")
		}
		return op(name, r.IntN(limit+1), "")
	case "peek":
		if raw || strings.Contains(s.Mode, "w") && !strings.Contains(s.Mode, "r") {
			return op("tell", 0, "")
		}
		return op(name, 1, "")
	case "write", "writelines":
		return op(name, 0, strings.Repeat(lineText(r, "xyz\n"), one(r, 1, 1, 1, 100)))
	case "rare":
		rare := []string{
			"seek", "tell", "truncate", "readable", "writable", "seekable", "isatty", "closed", "fileno",
			"sockfileno", "closesock",
		}
		if s.Mode != "rwb" { // CPython reads on from the buffer of a pair that is closed
			rare = append(rare, "close")
		}
		return op(one(r, rare...), 0, "")
	default:
		return op(name, 0, "")
	}
}

func lineText(r *rand.Rand, letters string) string {
	var b strings.Builder
	for range r.IntN(24) {
		b.WriteByte(letters[r.IntN(len(letters))])
	}
	return b.String()
}

//inventory:row makefile
func TestMakefileBinaryAsPython(t *testing.T) {
	t.Parallel()
	r := seeded(t)
	var scripts []*fileScript
	for range rounds(600) {
		scripts = append(scripts, binaryScript(r))
	}
	sameFilesAsPython(t, scripts)
}

var alphabet = []string{"a", "b", "\n", "\r", "\r\n", "é", "\u0085", "€", "日本", "\U0001F600", " ", "\x00", "ÿ", "\u2028"}

// textScript reads text that arrives in pieces, all of it before the reads or
// each piece with them, and writes.
func textScript(r *rand.Rand) *fileScript {
	s := &fileScript{Mode: one(r, textModes...)}
	encoding := one(r, "", "utf-8", "utf-8-sig", "ascii", "latin-1", "utf-16", "utf-16-le", "utf-32-be", "cp1252", "koi8-r", "gb18030")
	if encoding != "" {
		s.Encoding = &encoding
	}
	handler := one(r, "", "strict", "ignore", "replace", "backslashreplace")
	if strings.HasPrefix(encoding, "utf-8") && encoding != "utf-8-sig" && r.IntN(3) == 0 {
		handler = "surrogateescape"
	}
	if handler != "" {
		s.Errors = &handler
	}
	if r.IntN(5) > 0 {
		s.Newline = ptr(one(r, "", "\n", "\r", "\r\n"))
	}
	s.Buffering = one(r, nil, nil, ptr(1), ptr(7), ptr(64))
	if s.Mode == "w" || s.Mode == "rw" {
		for range r.IntN(8) {
			s.Ops = append(s.Ops, op(one(r, "write", "writelines", "flush"), 0, randomText(r, 10)))
		}
	}
	for _, piece := range split(r, encoded(r, encoding, randomText(r, 40))) {
		s.Ops = append(s.Ops, op("send", 0, piece))
	}
	s.Ops = append(s.Ops, op("eof", 0, ""))
	for range r.IntN(15) {
		name := one(r, "read", "read", "readline", "readline", "readlines", "iter", "newlines", "tell")
		if s.Mode == "w" && name == "newlines" {
			continue
		}
		n := one(r, -1, -1, 0, 1, 2, 3, 5, 8)
		if name == "readline" && n == 0 { // CPython may look for data first, and fail
			n = 4
		}
		s.Ops = append(s.Ops, op(name, n, ""))
	}
	s.Ops = append(s.Ops, op("flush", 0, ""), op("drain", 0, ""))
	return s
}

func randomText(r *rand.Rand, n int) string {
	var b strings.Builder
	for range r.IntN(n) {
		if r.IntN(60) == 0 {
			b.WriteByte(byte(0x80 + r.IntN(0x80)))
		}
		b.WriteString(one(r, alphabet...))
	}
	return b.String()
}

// encoded is text in an encoding, more or less: with what that cannot hold,
// and at times with bytes that are wrong.
func encoded(r *rand.Rand, encoding, text string) string {
	if (r.IntN(3) == 0 || encoding == "") && encoding != "gb18030" && encoding != "utf-16" {
		return text
	}
	s := &script8{}
	f, err := pyio.OpenText(s, "w", pyio.Encoding(encoding), pyio.Errors("ignore"))
	if err != nil {
		panic(err)
	}
	if _, err := f.WriteString(text); err != nil {
		panic(err)
	}
	f.Close()
	if encoding == "utf-16" {
		return "\xff\xfe" + s.String()
	}
	if r.IntN(4) == 0 && encoding != "gb18030" { // libraries differ in where such an error ends
		return s.String() + one(r, "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80", "\x00\xd8", "\x81", "\xff")
	}
	return s.String()
}

// script8 takes what is written.
type script8 struct{ strings.Builder }

func (s *script8) RecvInto([]byte) (int, error) { return 0, nil }
func (s *script8) Send(p []byte) (int, error)   { return s.Write(p) }
func (s *script8) Fileno() int                  { return -1 }
func (s *script8) Release() error               { return nil }
func split(r *rand.Rand, s string) (ps []string) {
	for len(s) > 0 {
		n := 1 + r.IntN(len(s))
		ps, s = append(ps, s[:n]), s[n:]
	}
	return ps
}

//inventory:row makefile
func TestMakefileTextAsPython(t *testing.T) {
	t.Parallel()
	r := seeded(t)
	var scripts []*fileScript
	for range rounds(1500) {
		scripts = append(scripts, textScript(r))
	}
	sameFilesAsPython(t, scripts)
}

// TestMakefileNonblockingTextAsPython sends whole characters and no \r:
// where Python meets a lack of data it takes it for the end, and what would
// have been one character or line ending for two.
//
//inventory:row makefile
func TestMakefileNonblockingTextAsPython(t *testing.T) {
	t.Parallel()
	r := seeded(t)
	var scripts []*fileScript
	for range rounds(300) {
		s := &fileScript{Mode: one(r, "r", "rw"), Timeout: ptr(0), Newline: one(r, nil, ptr(""), ptr("\n"), ptr("\r\n"))}
		for range 5 + r.IntN(20) {
			switch name := one(r, "send", "send", "read", "readline", "readlines", "iter"); name {
			case "send":
				text := strings.ToValidUTF8(strings.ReplaceAll(randomText(r, 10), "\r", "\n"), "?")
				s.Ops = append(s.Ops, op(name, 0, text))
			default:
				s.Ops = append(s.Ops, op(name, r.IntN(10), ""))
			}
		}
		scripts = append(scripts, s)
	}
	sameFilesAsPython(t, scripts)
}

// TestMakefileArgumentsAsPython goes through what makefile refuses.
//
//inventory:row makefile
func TestMakefileArgumentsAsPython(t *testing.T) {
	var scripts []*fileScript
	for _, mode := range append([]string{"x", "rt", "a", "rwx", "r+", "it's", "bw", "wr", "U"}, append(textModes, binaryModes...)...) {
		for _, buffering := range []*int{nil, ptr(-1), ptr(0), ptr(1)} {
			scripts = append(scripts, &fileScript{Mode: mode, Buffering: buffering, Ops: []fileOp{
				op("readable", 0, ""),
				op("writable", 0, ""), op("fileno", 0, ""), op("seek", 0, ""), op("close", 0, ""), op("readable", 0, ""),
				op("writable", 0, ""), op("read", 1, ""), op("readline", 1, ""), op("readlines", 1, ""), op("iter", 1, ""),
				op("readinto", 1, ""), op("write", 0, "x"), op("writelines", 0, "x"), op("flush", 0, ""), op("seek", 0, ""),
				op("tell", 0, ""), op("truncate", 0, ""), op("isatty", 0, ""), op("seekable", 0, ""), op("fileno", 0, ""),
				op("closed", 0, ""), op("close", 0, ""),
			}})
		}
	}
	for _, newline := range []string{"x", "\n\r", "\r\n\n"} {
		scripts = append(scripts, &fileScript{Mode: "r", Newline: &newline})
	}
	for _, encoding := range []string{"nope", "utf8", "UTF_16-LE", "latin1", "ISO-8859-15", "IBM437", "windows-1252"} {
		scripts = append(scripts, &fileScript{Mode: "rw", Encoding: &encoding, Ops: []fileOp{op("write", 0, "é"), op("flush", 0, ""), op("drain", 0, "")}})
	}
	// Calls on text that only files of bytes have.
	for _, s := range scripts {
		if !strings.Contains(s.Mode, "b") {
			for i, o := range s.Ops {
				if o.name() == "readinto" {
					s.Ops[i] = op("closed", 0, "")
				}
			}
		}
	}
	sameFilesAsPython(t, scripts)
}

// pages are the encodings of one byte.
var pages = strings.Fields(`ascii latin-1 cp037 cp437 cp850 cp852 cp855 cp858 cp860 cp862 cp863 cp865 cp866 cp874 cp1140
	cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6
	iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u mac-roman mac-cyrillic`)

// TestEncodingPagesAsPython decodes every byte and encodes every character of
// the pages.
func TestEncodingPagesAsPython(t *testing.T) {
	t.Parallel()
	var every, all strings.Builder
	for i := range 256 {
		every.WriteByte(byte(i))
	}
	for r := rune(1); r < 0x3000; r++ {
		if utf8.ValidRune(r) {
			all.WriteRune(r)
		}
	}
	var scripts []*fileScript
	for _, page := range pages {
		scripts = append(scripts, &fileScript{
			Mode: "rw", Encoding: &page, Errors: ptr("backslashreplace"), Newline: ptr("\n"),
			Ops: []fileOp{
				op("send", 0, every.String()), op("write", 0, all.String()), op("flush", 0, ""), op("drain", 0, ""),
				op("eof", 0, ""), op("read", -1, ""),
			},
		})
	}
	sameFilesAsPython(t, scripts)
}
