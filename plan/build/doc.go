// Package build makes whole plans: it lays the preseed beside the live cluster, takes the changes that were asked for,
// has the lifecycles make steps of them and the guards judge the result.
package build
