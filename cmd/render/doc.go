// Package render turns plans, diagnostics and events into text, JSON and Markdown. It is the only place that formats
// for people; it decides nothing and reads nothing but its arguments. What a writer refuses is for whoever brings the
// writer: cmd's remembers the first error.
//
// Text is plain ASCII apart from what the preseed itself says, needs no terminal width, and means the same without
// colour: a symbol stands before everything that a colour marks.
package render
