/// Named pipes and second names of files.
module MtrlFunctional.Reliability.Tests.SpecialFiles

open System.Runtime.InteropServices

/// Makes a named pipe, which no program writes: opening it to read waits for ever. 0: made.
[<DllImport("libc")>]
extern int mkfifo(string path, uint32 mode)

/// Gives a file a second name. 0: done.
[<DllImport("libc")>]
extern int link(string from, string target)
