/// Commands that a user pastes.
module MtrlFunctional.Cli.Launcher

open System
open MtrlFunctional
open MtrlFunctional.Cli.With

/// The program as the user calls it: `./mtrl` says by MTRL_LAUNCHER what was typed, the installed tool is in the path.
let private program =
    match Environment.GetEnvironmentVariable "MTRL_LAUNCHER" with
    | null
    | "" -> "mtrl"
    | typed -> typed

/// A command line of this program with its words quoted.
let command (words: string list) =
    program :: words |> List.map Shell.quoted |> String.concat " "

/// The same about runs, with the file of `--with` that has parts of them.
let commandWithParts words = command (words @ Given.words ())
