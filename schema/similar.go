package schema

import "strings"

// DidYouMean returns a hint that names the word closest to the one given, or lists the words when none is
// close and there are few. It returns "" when there is nothing to say.
func DidYouMean(given string, words []string) string {
	best, distance := "", len(given)/3+1
	for _, word := range words {
		if d := editDistance(strings.ToLower(given), strings.ToLower(word)); d < distance {
			best, distance = word, d
		}
	}
	switch {
	case best != "":
		return "did you mean " + best + "?"
	case len(words) > 0 && len(words) <= 14:
		return "use one of: " + strings.Join(words, ", ")
	}
	return ""
}

// editDistance counts the letters to insert, delete, replace or swap with their neighbour to make b out of a.
func editDistance(a, b string) int {
	s, t := []rune(a), []rune(b)
	var before []int
	last, row := make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if before != nil && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, make([]int, len(t)+1)
	}
	return last[len(t)]
}
