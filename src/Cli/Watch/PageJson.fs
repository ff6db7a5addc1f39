/// Data of the page as JSON, in few digits: a page draws no more.
module MtrlFunctional.Cli.Watch.PageJson

open System
open System.Globalization
open System.IO
open System.Text
open System.Text.Json

let private write (body: Utf8JsonWriter -> unit) =
    use buffer = new MemoryStream()

    // In braces: the writer is flushed before the text is read.
    (use json = new Utf8JsonWriter(buffer)
     json.WriteStartObject()
     body json
     json.WriteEndObject())

    Encoding.UTF8.GetString(buffer.GetBuffer(), 0, int buffer.Length)

/// Five significant digits; null for what is not finite.
let private number (json: Utf8JsonWriter) (x: float) =
    if not (Double.IsFinite x) then
        json.WriteNullValue()
    elif x = Math.Floor x && abs x < 1e15 then
        json.WriteNumberValue(int64 x)
    else
        json.WriteRawValue(x.ToString("G5", CultureInfo.InvariantCulture))

let private numbers (json: Utf8JsonWriter) (name: string) (values: float[]) =
    json.WriteStartArray name
    values |> Array.iter (number json)
    json.WriteEndArray()

let private named (json: Utf8JsonWriter) (name: string) (x: float) =
    json.WritePropertyName name
    number json x

let private milliseconds (at: DateTime) =
    float (DateTimeOffset(at).ToUnixTimeMilliseconds())

let private stateName state =
    match state with
    | RunState.Training -> "training"
    | RunState.Finished -> "finished"
    | RunState.Idle -> "idle"

/// Changed rows of the list, and how many runs there are.
let rows (root: string) (changed: RunRow list) (present: string list) =
    write (fun json ->
        json.WriteString("root", root)
        json.WriteStartArray "rows"

        for row in changed do
            json.WriteStartObject()
            json.WriteString("id", row.Id)
            json.WriteString("name", row.Name)
            json.WriteString("state", stateName row.State)
            named json "step" row.Step
            named json "total" row.Total
            named json "success" row.Success
            named json "return" row.Return
            named json "changed" (milliseconds row.Changed)
            json.WriteEndObject()

        json.WriteEndArray()
        json.WriteStartArray "present"
        present |> List.iter json.WriteStringValue
        json.WriteEndArray())

/// Points of a run that the page lacks.
let part (id: string) (part: TablePart) =
    write (fun json ->
        json.WriteString("id", id)
        json.WriteString("mode", part.Mode)
        json.WriteNumber("from", part.Cursor.From)
        json.WriteNumber("stride", part.Cursor.Stride)
        json.WriteNumber("last", part.Last)
        numbers json "steps" part.Steps
        json.WriteStartObject "columns"

        for name, values in part.Columns do
            numbers json name values

        json.WriteEndObject())

/// Details of a run.
let detail (id: string) (detail: RunDetail) =
    write (fun json ->
        json.WriteString("id", id)
        json.WriteStartObject "tasks"

        for mode, tasks in detail.Tasks do
            json.WriteStartArray mode
            tasks |> List.iter json.WriteStringValue
            json.WriteEndArray()

        json.WriteEndObject()
        json.WriteStartArray "configuration"

        for key, value in detail.Configuration do
            json.WriteStartArray()
            json.WriteStringValue key
            json.WriteStringValue value
            json.WriteEndArray()

        json.WriteEndArray()
        json.WriteStartArray "conflicts"

        for moment in detail.Conflicts do
            json.WriteStartObject()
            json.WriteString("part", moment.Part)
            named json "step" moment.Step
            named json "update" moment.Update
            numbers json "cosines" moment.Cosines
            json.WriteEndObject()

        json.WriteEndArray()
        json.WriteBoolean("plays", detail.Plays)

        match detail.Video with
        | Some(name, at) ->
            json.WriteStartObject "video"
            json.WriteString("name", name)
            named json "at" (milliseconds at)
            json.WriteEndObject()
        | None -> ())

/// Keys of a run that have other values than their defaults.
let changed (keys: string list) =
    write (fun json ->
        json.WriteStartArray "keys"
        keys |> List.iter json.WriteStringValue
        json.WriteEndArray())

/// A run that cannot be read.
let failure (id: string) (why: string) =
    write (fun json ->
        json.WriteString("id", id)
        json.WriteString("why", why))
