/// Golden files, replayed through the registry as in `mtrl verify`, and copies of them that are wrong.
module MtrlFunctional.Tests.Verification.Replays

open Expecto
open Expecto.Flip
open System.IO
open System.Text
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open MtrlFunctional.Verification
open MtrlFunctional.Tests

let private verify = Golden.verify Libtorch.Cpu

let file name =
    Path.Combine(Repository.root, "tests", "golden", name)

/// The files of a folder, with its name.
let filesOf folder pattern = [
    for path in Array.sort (Directory.GetFiles(file folder, pattern)) ->
        $"{folder}/{Path.GetFileName path}"
]

/// The quantities of a file, all of which are as recorded.
let replayed path =
    let checks = verify path

    for check in checks do
        check.Passed |> Expect.isTrue $"{check.Quantity}: off by {check.MaxAbsolute}"

    checks |> List.map _.Quantity

/// The quantities of a file that are not as recorded.
let failed path =
    verify path
    |> List.filter (fun check -> not check.Passed)
    |> List.map _.Quantity

/// Why a file cannot be replayed: its one check.
let refusal path =
    match verify path with
    | [ check ] when not check.Passed -> check.Quantity
    | checks -> failtest $"{path}: {checks.Length} checks"

let includesAll expected found = List.except found expected |> equals []

/// A copy of a file in a folder of its own, with other bytes.
let changed name (change: byte[] -> byte[]) =
    let folder = TestFolder.create "golden"
    let path = Path.Combine(folder, nonNull (Path.GetFileName(file name)))
    File.WriteAllBytes(path, change (File.ReadAllBytes(file name)))
    path

/// A copy with another text in its header or data.
let reworded name (before: string) (after: string) =
    changed name (fun bytes ->
        let text = Encoding.Latin1.GetString bytes
        text |> contains before
        Encoding.Latin1.GetBytes(text.Replace(before, after)))

/// A copy with other bytes in a tensor.
let altered name tensor (change: byte[] -> unit) =
    use source = SafetensorsFile.Open(file name)
    let numbers = source.Raw tensor
    change numbers

    changed name (fun bytes ->
        numbers.CopyTo(bytes, int (source.Tensor tensor).Offset)
        bytes)
