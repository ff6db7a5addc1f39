/// Files in JSON that commands write.
module MtrlFunctional.Cli.Tests.Json

open System.IO
open System.Text.Json

let read (file: string) =
    JsonDocument.Parse(File.ReadAllText file).RootElement

/// The value behind names with dots between them.
let at (path: string) (value: JsonElement) =
    path.Split '.'
    |> Array.fold (fun (inner: JsonElement) name -> inner.GetProperty name) value

let items path value = [ for item in (at path value).EnumerateArray() -> item ]

let text path value = nonNull ((at path value).GetString())
let number path value = (at path value).GetDouble()
let whole path value = (at path value).GetInt32()

let isNull path value =
    (at path value).ValueKind = JsonValueKind.Null
