module Mtrl.Cli.Program

[<EntryPoint>]
let main _ = 0
