/// `mtrl verify PATH…`: replays golden files and compares the results.
module MtrlFunctional.Cli.Commands.VerifyCommand

open System
open System.Globalization
open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display
open MtrlFunctional.Verification

type Options =
    | [<MainCommand; Mandatory>] Paths of path: string list
    | Device of name: string
    | Failures_Only

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Paths _ -> "golden files (.safetensors), or folders that contain them"
            | Device _ -> "where updates and gradient surgery are computed: cpu (default) or cuda:0"
            | Failures_Only -> "print only failed checks and the totals"

let private difference (x: float) =
    if x = 0.0 then
        "0"
    elif Double.IsFinite x then
        x.ToString("0.0e-00", CultureInfo.InvariantCulture)
    else
        "∞"

let private row (width: int) (quantity: string) absolute relative tolerance verdict =
    let cells =
        $"  {quantity.PadRight width} %9s{absolute} %9s{relative} %9s{tolerance}  {verdict}"

    printfn $"{cells.TrimEnd()}"

/// A check with numbers as a row below the heads of the columns.
let private compared width (check: Check) =
    row
        width
        check.Quantity
        (difference check.MaxAbsolute)
        (difference check.MaxRelative)
        (difference check.Tolerance)
        (if check.Passed then "pass" else "FAIL")

/// A check without numbers; some reasons begin with the file name, which stands above.
let private impossible (check: Check) =
    let prefix = $"{check.File}: "

    let reason =
        if check.Quantity.StartsWith prefix then
            check.Quantity.Substring prefix.Length
        else
            check.Quantity

    printfn $"  FAIL {reason}"

/// The checks of one file below its name.
let private show (file: string) (checks: Check list) =
    let numbers, others = checks |> List.partition _.Compared
    printfn $"{file}"

    if not numbers.IsEmpty then
        let width = numbers |> List.map _.Quantity.Length |> List.fold max 34
        row width "quantity" "abs" "rel" "tolerance" ""
        numbers |> List.iter (compared width)

    others |> List.iter impossible
    printfn ""

/// The checks of a file; their lack becomes a failed check.
let private checksOf verify (file: string) =
    match verify file with
    | [] -> [ Check.impossible file "contains nothing to check" ]
    | checks -> checks

/// Prints the tables of all files, below them the state on a terminal; returns all checks.
let private tables failuresOnly verify (files: string list) =
    use status = StatusLine.Standard

    let ofFile number (file: string) =
        status.Show $"{number + 1} of {files.Length}: {file}"
        let checks = checksOf verify file

        match checks |> List.filter (fun check -> not (failuresOnly && check.Passed)) with
        | [] -> ()
        | shown ->
            status.Clear()
            show file shown

        checks

    files |> List.mapi ofFile |> List.concat

let private missing (path: string) =
    if File.Exists path || Directory.Exists path then
        None
    else
        Some $"{path}: no such file or folder."

/// Runs the command. `filesOf` lists the golden files of a path, `verify` checks one of them on a device.
let run (filesOf: string -> string list) verify (options: ParseResults<Options>) =
    let paths = options.GetResult Paths

    match List.choose missing paths with
    | [] ->
        match paths |> List.collect filesOf |> List.distinct with
        | [] ->
            let folders = String.concat ", " paths
            refuse $"{folders}: no golden file (.safetensors) found."
        | files ->
            let device = DeviceOption.read (options.GetResult(Device, "cpu"))
            let checks = tables (options.Contains Failures_Only) (verify device) files
            let failed = checks |> List.filter (fun check -> not check.Passed) |> List.length

            let passed = Format.plural (checks.Length - failed) "check"

            printfn
                $"""{Format.plural files.Length "file"}, {passed} passed, {Format.count failed} failed"""

            if failed = 0 then ExitCode.Done else ExitCode.Failed
    | messages -> refuseAll messages

let command filesOf verify =
    Command.define
        "verify"
        "Replays golden files and compares; exit code 1 on failure."
        [
            "mtrl verify tests/golden/metaworld"
            "mtrl verify tests/golden/mtrl/mtsac_identity.safetensors --failures-only"
            "mtrl verify tests/golden/mtrl --device cuda:0"
        ]
        (run filesOf verify)
