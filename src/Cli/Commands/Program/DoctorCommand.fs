/// `mtrl doctor`: checks the machine and prints a fix for each problem.
module MtrlFunctional.Cli.Commands.DoctorCommand

open Argu
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Doctor

/// No options of its own.
type Options =
    | [<Hidden>] Unused

    interface IArgParserTemplate with
        member _.Usage = ""

let private show (result: CheckResult) =
    let verdict = if result.Fix.IsNone then "ok     " else "warning"
    printfn $"{verdict}  %-10s{result.Name}  {result.Value}"
    result.Fix |> Option.iter (fun fix -> printfn $"""{"", 21}fix: {fix}""")

/// Prints the results. Warnings do not change the exit code: the machine may still be usable.
let run (results: unit -> CheckResult seq) (_: ParseResults<Options>) =
    let problems =
        results ()
        |> Seq.sumBy (fun result ->
            show result
            result.Fix |> Option.count)

    if problems = 0 then
        printfn "\nNo problems found."
    else
        let found = Format.plural problems "problem"
        printfn $"\n{found} found."

    ExitCode.Done

let command results =
    Command.define "doctor" "Checks this machine: libraries, speed, rendering." [] (run results)
