/// `mtrl doctor`: is this machine fit, and what to mend.
module Mtrl.Cli.Commands.DoctorCommand

open Argu
open MtrlFunctional
open Mtrl.Cli
open Mtrl.Cli.Doctor

/// No options of its own.
type Options =
    | [<Hidden>] Unused

    interface IArgParserTemplate with
        member _.Usage = ""

let private show (finding: CheckResult) =
    let verdict = if finding.Mend.IsNone then "ok     " else "warning"
    printfn $"{verdict}  %-10s{finding.Name}  {finding.Fact}"
    finding.Mend |> Option.iter (fun mend -> printfn $"""{"", 21}mend: {mend}""")

/// The command over the findings. Warnings do not change the exit code: the machine may do.
let run (findings: unit -> CheckResult seq) (_: ParseResults<Options>) =
    let mends =
        findings ()
        |> Seq.sumBy (fun finding ->
            show finding
            finding.Mend |> Option.count)

    if mends = 0 then
        printfn "\nAll is well."
    else
        printfn $"\n{mends} to mend."

    ExitCode.Done

let command findings =
    Command.define
        "doctor"
        "Looks at this machine: libraries, speed, rendering, and what to mend."
        []
        (run findings)
