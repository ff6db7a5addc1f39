// The libraries of the program that './mtrl build' made, for the scripts of this folder: #load "mtrl.fsx".
#load "../src/Cli/bin/Release/net10.0/references.fsx"
