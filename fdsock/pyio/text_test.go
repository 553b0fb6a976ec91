package pyio_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock/pyio"
)

func TestTextNewlines(t *testing.T) {
	const all = "a\nb\rc\r\nd\r"
	for _, c := range []struct {
		opts  []pyio.Option
		lines []string
		seen  []string
		wrote string
	}{
		{nil, []string{"a\n", "b\n", "c\n", "d\n"}, []string{"\r", "\n", "\r\n"}, "x\ny"},
		{[]pyio.Option{pyio.Newline("")}, []string{"a\n", "b\r", "c\r\n", "d\r"}, []string{"\r", "\n", "\r\n"}, "x\ny"},
		{[]pyio.Option{pyio.Newline("\n")}, []string{"a\n", "b\rc\r\n", "d\r"}, nil, "x\ny"},
		{[]pyio.Option{pyio.Newline("\r")}, []string{"a\nb\r", "c\r", "\nd\r"}, nil, "x\ry"},
		{[]pyio.Option{pyio.Newline("\r\n")}, []string{"a\nb\rc\r\n", "d\r"}, nil, "x\r\ny"},
	} {
		for cut := 1; cut <= len(all); cut++ { // also within \r\n
			s := &script{in: pieces(all[:cut], all[cut:])}
			if cut == len(all) {
				s.in = pieces(all)
			}
			f := textFile(t, s, "rw", c.opts...)
			lines, err := f.ReadLines(-1)
			if !slices.Equal(lines, c.lines) || err != nil {
				t.Errorf("cut at %d: got %q, %v; want %q", cut, lines, err, c.lines)
			}
			if seen := f.Newlines(); !slices.Equal(seen, c.seen) {
				t.Errorf("newlines are %q, want %q", seen, c.seen)
			}
			wantN(t, 3)(f.WriteString("x\ny"))
			want(t, f.Flush(), nil)
			if got := s.sent.String(); got != c.wrote {
				t.Errorf("wrote %q, want %q", got, c.wrote)
			}
		}
	}
}

// TestTextPartsOfCharacters reads what comes a byte at a time.
func TestTextPartsOfCharacters(t *testing.T) {
	const text = "añ€\U0001F600z\n"
	s := &script{in: pieces(strings.Split(string([]byte(text)), "")...)}
	s.in = nil
	for i := range len(text) {
		s.in = append(s.in, step{data: text[i : i+1]})
	}
	f := textFile(t, s, "r")
	wantText[string](t, "añ€")(f.ReadN(3))
	r, n, err := f.ReadRune()
	if r != '\U0001F600' || n != 4 || err != nil {
		t.Error(r, n, err)
	}
	wantText[string](t, "z\n")(f.ReadLine(-1))
	if _, _, err := f.ReadRune(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if n, err := f.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Error(n, err)
	}
}

func TestTextSurrogateescape(t *testing.T) {
	const bytes = "caf\xe9 \xc3\xa9 \xff\xfe\n"
	for _, encoding := range []string{"utf-8", "ascii"} {
		s := &script{in: pieces(bytes)}
		f := textFile(t, s, "rw", pyio.Encoding(encoding), pyio.Errors("surrogateescape"))
		l, err := f.ReadLine(-1)
		if l != bytes || err != nil {
			t.Fatalf("%s: got %q, %v", encoding, l, err)
		}
		if encoding == "ascii" { // where an escaped é cannot be told from a real one
			l = strings.Replace(l, "\xc3\xa9", "", 1)
		}
		wantN(t, len(l))(f.WriteString(l))
		want(t, f.Close(), nil)
		if got := s.sent.String(); got != l {
			t.Errorf("%s: wrote %q", encoding, got)
		}
	}
	_, err := pyio.OpenText(&script{}, "r", pyio.Encoding("latin-1"), pyio.Errors("surrogateescape"))
	if !errors.As(err, new(*pyio.LookupError)) {
		t.Error(err)
	}
}

func TestTextErrors(t *testing.T) {
	f := textFile(t, &script{in: pieces("ab\xffc")}, "r")
	_, err := f.ReadN(2)
	wantSaid(t, err, "'utf-8' codec can't decode byte 0xff in position 2: invalid start byte")
	bad := new(pyio.UnicodeDecodeError)
	if !errors.As(err, &bad) || string(bad.Object) != "ab\xffc" {
		t.Error("what was lost is", bad)
	}
	wantText[string](t, "")(f.ReadN(2))

	for handler, wanted := range map[string]string{
		"ignore": "a", "replace": "a?", "backslashreplace": `a\u20ac`, "xmlcharrefreplace": "a&#8364;",
	} {
		s := &script{}
		f := textFile(t, s, "w", pyio.Encoding("latin-1"), pyio.Errors(handler))
		wantN(t, 4)(f.WriteString("a€"))
		want(t, f.Close(), nil)
		if got := s.sent.String(); got != wanted {
			t.Errorf("%s: wrote %q", handler, got)
		}
	}
	s := &script{}
	f = textFile(t, s, "w", pyio.Encoding("ascii"))
	_, err = f.WriteString("ab€ßc")
	wantSaid(t, err, "'ascii' codec can't encode characters in position 2-3: ordinal not in range(128)")
	_, err = f.WriteString("\xff")
	wantSaid(t, err, "'ascii' codec can't encode character '\\udcff' in position 0: ordinal not in range(128)")
	want(t, f.Close(), nil)
	if s.sent.Len() > 0 {
		t.Errorf("wrote %q", s.sent.String())
	}
	_, err = textFile(t, &script{in: pieces("ab")}, "r", pyio.Encoding("utf-16")).ReadAll()
	wantSaid(t, err, "UTF-16 stream does not start with BOM")
	_, err = textFile(t, &script{in: pieces("\xff")}, "r", pyio.Errors("xmlcharrefreplace")).ReadAll()
	wantSaid(t, err, "don't know how to handle UnicodeDecodeError in error callback")
}

// TestTextEastAsia goes through the encodings of more than one byte.
func TestTextEastAsia(t *testing.T) {
	for encoding, text := range map[string]string{
		"shift_jis": "日本語 abc", "euc_jp": "日本語 abc", "euc_kr": "한국어 abc", "gbk": "汉语 abc",
		"gb18030": "汉语 \U0001F600", "big5": "漢語 abc",
	} {
		s := &script{}
		f := textFile(t, s, "w", pyio.Encoding(encoding))
		wantN(t, len(text))(f.WriteString(text))
		want(t, f.Flush(), nil)
		in := &script{}
		for _, b := range s.sent.Bytes() {
			in.in = append(in.in, step{data: string([]byte{b})})
		}
		wantText[string](t, text)(textFile(t, in, "r", pyio.Encoding(encoding)).ReadAll())
		_, err := textFile(t, &script{in: pieces("a\x81")}, "r", pyio.Encoding(encoding)).ReadAll()
		if !errors.As(err, new(*pyio.UnicodeDecodeError)) {
			t.Errorf("%s: half a character is %v", encoding, err)
		}
		if _, err := f.WriteString("\u0e01"); encoding != "gb18030" && !errors.As(err, new(*pyio.UnicodeEncodeError)) {
			t.Errorf("%s: Thai is %v", encoding, err)
		}
	}
}

// TestTextWriteKeepsReadAhead: CPython forgets what it has read ahead.
func TestTextWriteKeepsReadAhead(t *testing.T) {
	f := textFile(t, &script{in: pieces("one\ntwo\n")}, "rw")
	wantText[string](t, "one\n")(f.ReadLine(-1))
	wantN(t, 1)(f.WriteString("x"))
	wantText[string](t, "two\n")(f.ReadLine(-1))
}

func TestTextBuffering(t *testing.T) {
	s := &script{}
	b := binaryFile(t, s, "w")
	f, err := pyio.NewTextIOWrapper(b, pyio.LineBuffering(true))
	want(t, err, nil)
	wantN(t, 2)(f.WriteString("ab"))
	if s.sent.Len() > 0 {
		t.Errorf("sent %q before the end of the line", s.sent.String())
	}
	wantN(t, 2)(f.WriteString("c\n"))
	if got := s.sent.String(); got != "abc\n" {
		t.Errorf("sent %q", got)
	}
	want(t, f.Reconfigure(pyio.LineBuffering(false), pyio.WriteThrough(true), pyio.Encoding("latin-1"), pyio.Newline("\r\n")), nil)
	wantN(t, 3)(f.WriteString("é\n"))
	want(t, b.Flush(), nil) // which knows all of it
	if got := s.sent.String(); got != "abc\n\xe9\r\n" {
		t.Errorf("sent %q", got)
	}
	r := textFile(t, &script{in: pieces("ab")}, "r")
	want(t, r.Reconfigure(pyio.Errors("replace")), nil)
	wantText[string](t, "a")(r.ReadN(1))
	wantSaid(t, r.Reconfigure(pyio.Encoding("ascii")),
		"It is not possible to set the encoding or newline of stream after the first read")
	if r.Encoding() != "UTF-8" || r.Errors() != "replace" || f.Encoding() != "latin-1" || f.Errors() != "strict" {
		t.Error(r.Encoding(), r.Errors(), f.Encoding(), f.Errors())
	}
}

// TestTextNone: lack of data is not the end, and parts are kept for later.
func TestTextNone(t *testing.T) {
	s := &script{in: []step{busy, {data: "a\xc3"}, busy, busy, {data: "\xa9\r"}, busy, busy, {data: "\nb"}, busy, busy}}
	f := textFile(t, s, "r")
	wantPart[string](t, "", pyio.ErrWouldBlock)(f.ReadLine(-1))
	wantText[string](t, "a")(f.ReadLine(-1))
	wantPart[string](t, "", pyio.ErrWouldBlock)(f.ReadAll())
	wantText[string](t, "é")(f.ReadAll())
	wantPart[string](t, "", pyio.ErrWouldBlock)(f.ReadN(1))
	wantText[string](t, "\nb")(f.ReadN(5))
	_, _, err := f.ReadRune()
	want(t, err, pyio.ErrWouldBlock)
}

// TestTextLimits: an endless line costs no more than the limit and a buffer.
func TestTextLimits(t *testing.T) {
	long := strings.Repeat("€", 1<<20)
	s := &script{in: pieces(long)}
	f := textFile(t, s, "r")
	l, err := f.ReadLine(10)
	if l != strings.Repeat("€", 10) || err != nil {
		t.Error(len(l), err)
	}
	if len(s.asked) != 1 {
		t.Error("asked for", s.asked)
	}
	rest, err := f.ReadAll()
	if len(l)+len(rest) != len(long) || err != nil {
		t.Error(len(rest), err)
	}
	lines, err := textFile(t, &script{in: pieces("é\nüü\nx\n")}, "r").ReadLines(3)
	if len(lines) != 2 || err != nil {
		t.Errorf("readlines(3) gives %q, %v", lines, err)
	}
}

func TestUsers(t *testing.T) {
	var u pyio.Users
	closed := 0
	done := func() error { closed++; return errTest }
	u.Open()
	u.Open()
	want(t, u.Close(done), nil)
	want(t, u.Release(done), nil)
	if closed != 0 {
		t.Error("closed too early")
	}
	want(t, u.Release(done), errTest)
	want(t, u.Close(done), errTest)
	if closed != 2 {
		t.Error("closed", closed)
	}
}
