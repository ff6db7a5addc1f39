/// Data of the live page as JSON.
module MtrlFunctional.Cli.Watch.PageJson

open System
open MtrlFunctional.Cli.Pages

let private milliseconds (at: DateTime) =
    DateTimeOffset(at).ToUnixTimeMilliseconds()

/// Changed rows of the list, and how many runs there are.
let rows (root: string) (changed: RunRow list) (present: string list) =
    PageData.json {|
        root = root
        rows = [
            for row in changed ->
                {|
                    id = row.Id
                    name = row.Name
                    state = (string row.State).ToLowerInvariant()
                    step = row.Step
                    total = row.Total
                    success = row.Success
                    ``return`` = row.Return
                    changed = milliseconds row.Changed
                |}
        ]
        present = present
    |}

/// Points of a run that the page lacks.
let part (id: string) (part: TablePart) =
    PageData.json {|
        id = id
        mode = part.Mode
        generation = part.Cursor.Generation
        from = part.Cursor.From
        stride = part.Cursor.Stride
        last = part.Last
        steps = part.Steps
        columns = dict part.Columns
    |}

let detail (id: string) (detail: RunDetail) =
    PageData.json {|
        id = id
        tasks = dict detail.Tasks
        configuration = [ for key, value in detail.Configuration -> [ key; value ] ]
        conflicts = [
            for moment in detail.Conflicts ->
                {|
                    part = moment.Part
                    step = moment.Step
                    update = moment.Update
                    cosines = moment.Agreement.Cosines
                |}
        ]
        plays = detail.Plays
        video =
            match detail.Video with
            | Some(name, at) -> box {| name = name; at = milliseconds at |}
            | None -> null
    |}

/// Keys of a run that have other values than their defaults.
let changed (keys: string list) = PageData.json {| keys = keys |}

/// A run that cannot be read.
let failure (id: string) (why: string) = PageData.json {| id = id; why = why |}
