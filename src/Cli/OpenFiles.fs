/// The number of files that this process may have open (`ulimit -n`).
module MtrlFunctional.Cli.OpenFiles

open System
open System.Runtime.InteropServices

[<DllImport("libc")>]
extern int private getrlimit(int resource, uint64[] softAndHard)

let private openFiles = 7 // RLIMIT_NOFILE

/// The runtime keeps a file open for each of its libraries: a run has 110 files open.
let private needed = 192UL

/// Why the limit is too low for the program, if it is. Uses few libraries, because each opens a file.
let shortage () =
    let limits = [| UInt64.MaxValue; UInt64.MaxValue |]

    if getrlimit (openFiles, limits) = 0 && limits[0] < needed then
        Some(
            "mtrl: the limit of open files is "
            + limits[0].ToString()
            + ", the program needs "
            + needed.ToString()
            + ". Raise it with: ulimit -n 1024"
        )
    else
        None
