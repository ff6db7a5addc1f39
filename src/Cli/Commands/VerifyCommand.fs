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
    | Failures_Only

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Paths _ -> "golden files (.safetensors), or folders that contain them"
            | Failures_Only -> "print only failed checks and the totals"

let private difference (x: float) =
    if x = 0.0 then
        "0"
    elif Double.IsFinite x then
        x.ToString("0.0e-00", CultureInfo.InvariantCulture)
    else
        "∞"

let private row (width: int) (file: string) quantity absolute relative tolerance verdict =
    printfn
        $"{file.PadRight width}  %-34s{quantity} %9s{absolute} %9s{relative} %9s{tolerance}  {verdict}"

let private show width (check: Check) =
    if check.Compared then
        row
            width
            check.File
            check.Quantity
            (difference check.MaxAbsolute)
            (difference check.MaxRelative)
            (difference check.Tolerance)
            (if check.Passed then "pass" else "FAIL")
    else
        // Some reasons begin with the file name: print it once.
        let prefix = $"{check.File}: "

        let reason =
            if check.Quantity.StartsWith prefix then
                check.Quantity.Substring prefix.Length
            else
                check.Quantity

        printfn $"FAIL {prefix}{reason}"

/// The checks of a file; an exception or the lack of checks becomes a failed check.
let private checksOf verify (file: string) =
    match
        (try
            verify file
         with e -> [ Check.impossible file e.Message ])
    with
    | [] -> [ Check.impossible file "contains nothing to check" ]
    | checks -> checks

/// Prints the table of checks; returns all of them.
let private table failuresOnly verify (files: string list) =
    let width = files |> List.map _.Length |> List.fold max 4

    if not failuresOnly then
        row width "file" "quantity" "abs" "rel" "tolerance" ""

    files
    |> List.collect (fun file ->
        let checks = checksOf verify file

        checks
        |> List.filter (fun check -> not (failuresOnly && check.Passed))
        |> List.iter (show width)

        checks)

let private missing (path: string) =
    if File.Exists path || Directory.Exists path then
        None
    else
        Some $"{path}: no such file or folder."

/// Runs the command. `filesOf` lists the golden files of a path, `verify` checks one of them.
let run (filesOf: string -> string list) verify (options: ParseResults<Options>) =
    let paths = options.GetResult Paths

    match List.choose missing paths with
    | [] ->
        match paths |> List.collect filesOf |> List.distinct with
        | [] ->
            let folders = String.concat ", " paths
            raise (MtrlException $"{folders}: no golden file (.safetensors) found.")
        | files ->
            let checks = table (options.Contains Failures_Only) verify files
            let failed = checks |> List.filter (fun check -> not check.Passed) |> List.length

            let passed = Format.plural (checks.Length - failed) "check"

            printfn
                $"""{Format.plural files.Length "file"}, {passed} passed, {Format.count failed} failed"""

            if failed = 0 then ExitCode.Done else ExitCode.Failed
    | messages -> Command.reportErrors "verify" messages

let command filesOf verify =
    Command.define
        "verify"
        "Replays golden files and compares; exit code 1 on failure."
        [
            "mtrl verify tests/golden/metaworld"
            "mtrl verify tests/golden/mtrl/mtsac_identity.safetensors --failures-only"
        ]
        (run filesOf verify)
