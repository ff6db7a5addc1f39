/// A disk that loses power: it keeps what was synced, and any part of what was not.
///
/// Files keep a subset of the writes since their last sync; folders a subset of the renames, creations and deletions.
/// Real file systems keep fewer combinations.
///
/// Reading order: Node → Disk → apply → losses → store.
module MtrlFunctional.Reliability.Tests.LossyDisk

open System
open System.Collections.Generic
open System.IO

type Node =
    | File of int
    | Folder of int

/// A change of a file that was not synced.
type Change =
    | Write of offset: int * data: byte[]
    | Truncate of length: int

/// A change of a folder that was not synced.
type Entry =
    | Add of name: string * Node
    | Remove of name: string
    | Move of from: string * target: string

type Disk() =
    let files = List<byte[] * Change list>()
    let folders = List<Map<string, Node> * Entry list>()
    let inodes = Dictionary<int64, int>()

    let change data =
        function
        | Write(offset, bytes) ->
            let result = Array.zeroCreate (max (Array.length data) (offset + bytes.Length))
            data.CopyTo(result, 0)
            bytes.CopyTo(result, offset)
            result
        | Truncate length -> Array.append data (Array.zeroCreate length) |> Array.truncate length

    let enter entries =
        function
        | Add(name, node) -> Map.add name node entries
        | Remove name -> Map.remove name entries
        | Move(from, target) ->
            match Map.tryFind from entries with
            | Some node -> entries |> Map.remove from |> Map.add target node
            | None -> entries

    let current place =
        let synced, pending = folders[place]
        List.fold enter synced (List.rev pending)

    let rec find place (parts: string list) =
        match parts with
        | [] -> Folder place
        | name :: rest ->
            match Map.find name (current place), rest with
            | node, [] -> node
            | Folder inner, _ -> find inner rest
            | File _, _ -> failwith $"{name} is a file"

    let split (path: string) =
        path.Split('/', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

    let parent path =
        let parts = split path

        match find 0 (List.take (parts.Length - 1) parts) with
        | Folder place -> place, List.last parts
        | File _ -> failwith $"{path}: its parent is a file"

    let record path entry =
        let place, name = parent path
        let synced, pending = folders[place]
        folders[place] <- synced, entry name :: pending

    let newFile data =
        files.Add(data, [])
        files.Count - 1

    let newFolder () =
        folders.Add(Map.empty, [])
        folders.Count - 1

    let rec load (path: string) place =
        let entries = [
            for file in Directory.GetFiles path ->
                Path.GetFileName file |> nonNull, File(newFile (File.ReadAllBytes file))
            for folder in Directory.GetDirectories path ->
                let inner = newFolder ()
                load folder inner
                Path.GetFileName folder |> nonNull, Folder inner
        ]

        folders[place] <- Map.ofList entries, []

    /// Begins with what a folder holds, all of it synced.
    member _.Load(path: string) = load path (newFolder ())

    /// A line of the record of `faults.c`, with paths below the folder.
    member _.Apply(operation: string list) =
        // A file that was open before the record began is known by its path.
        let fileOf (inode: string) path =
            match inodes.TryGetValue(int64 inode), lazy (find 0 (split path)) with
            | (true, file), _ -> file
            | _, Lazy(File file) ->
                inodes[int64 inode] <- file
                file
            | _ -> failwith $"{path} is a folder"

        let pend file change =
            let synced, pending = files[file]
            files[file] <- synced, change :: pending

        match operation with
        | [ "create"; inode; path ] ->
            inodes[int64 inode] <- newFile [||]
            record path (fun name -> Add(name, File inodes[int64 inode]))
        | [ "write"; inode; path; offset; data ] ->
            pend (fileOf inode path) (Write(int offset, Convert.FromHexString data))
        | [ "truncate"; inode; path; length ] -> pend (fileOf inode path) (Truncate(int length))
        | [ "fsync"; inode; path ] ->
            match find 0 (split path) with
            | Folder place -> folders[place] <- current place, []
            | File _ ->
                let file = fileOf inode path
                let synced, pending = files[file]
                files[file] <- List.fold change synced (List.rev pending), []
        | [ "mkdir"; path; _ ] ->
            let place = newFolder ()
            record path (fun name -> Add(name, Folder place))
        | [ "rmdir"; path ]
        | [ "unlink"; path ] -> record path Remove
        | [ "rename"; from; target ] ->
            let source, name = parent from

            if source <> fst (parent target) then
                failwith $"{from} moves to another folder"

            record target (fun target -> Move(name, target))
        | [ "link"; from; target ] ->
            let node = find 0 (split from)
            record target (fun name -> Add(name, node))
        | other -> failwith $"unknown operation {other}"

    /// How many changes were not synced: of each, a power loss keeps or loses it.
    member _.Unsynced =
        Seq.sumBy (snd >> List.length) files + Seq.sumBy (snd >> List.length) folders

    /// All paths with their contents after a power loss, which keeps the changes chosen by number.
    member _.AfterLoss(keeps: int -> bool) : (string * byte[] option) list =
        let mutable number = -1

        let kept pending =
            pending
            |> List.rev
            |> List.filter (fun _ ->
                number <- number + 1
                keeps number)

        let data = [| for synced, pending in files -> List.fold change synced (kept pending) |]

        let entries = [| for synced, pending in folders -> List.fold enter synced (kept pending) |]

        let rec walk path place = [
            for KeyValue(name, node) in entries[place] do
                match node with
                | File file -> $"{path}{name}", Some data[file]
                | Folder inner ->
                    $"{path}{name}", None
                    yield! walk $"{path}{name}/" inner
        ]

        walk "" 0

/// Writes paths and contents into a new folder.
let store (folder: string) contents =
    Directory.CreateDirectory folder |> ignore

    for name, data: byte[] option in contents do
        match data with
        | Some data -> File.WriteAllBytes(Path.Combine(folder, name), data)
        | None -> Directory.CreateDirectory(Path.Combine(folder, name)) |> ignore
