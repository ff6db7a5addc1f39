/// Changes that a stranger can make to the folder of a run, with seals and hashes that fit.
///
/// Reading order: hostile names → seal → forgeries.
module MtrlFunctional.Reliability.Tests.Forgery

open System
open System.IO
open System.Security.Cryptography
open System.Text
open MtrlFunctional.Tests

/// Names that must not become paths.
let private names =
    Words.split
        "/dev/zero /etc/passwd ../../../outside/secret x/../../escaped replay/../../../../outside/new
        .. manifest.json events.out.tfevents.1/../../../../outside/new a\\u0000b a\\nb"
    @ [ ""; String('a', 5000); "<img src=x onerror=alert(1)>" ]

let private numbers =
    Words.split "-1 0 9223372036854775807 1e999 4611686018427387904 null [[]]"

let private sha (bytes: byte[]) =
    Convert.ToHexStringLower(SHA256.HashData bytes)

/// The manifest of a checkpoint with a changed body and a seal that fits.
let private reseal (checkpoint: string) (change: string -> string) =
    let path = Path.Combine(checkpoint, "manifest.json")
    let text = File.ReadAllText path
    let body = change (text.Substring(0, text.IndexOf ",\n  \"seal\""))
    File.WriteAllText(path, $"{body},\n  \"seal\": \"{sha (Encoding.UTF8.GetBytes body)}\"\n}}\n")

let private pick (random: Random) list =
    List.item (random.Next(List.length list)) list

/// Replaces what follows `key` up to the end of the value, at a random one of its places.
let private replaceValue random (key: string) (value: string) (text: string) =
    let places =
        Seq.unfold
            (fun (from: int) ->
                match text.IndexOf(key, from) with
                | -1 -> None
                | at -> Some(at + key.Length, at + key.Length))
            0
        |> List.ofSeq

    match places with
    | [] -> text
    | places ->
        let start = pick random places
        let stop = text.IndexOfAny([| ','; '\n' |], start)
        text.Substring(0, start) + value + text.Substring stop

let private replaceFile (outside: string) random (path: string) =
    if Directory.Exists path then
        Directory.Delete(path, true)
    elif File.Exists path then
        File.Delete path

    match pick random [ 0..4 ] with
    | 0 -> File.CreateSymbolicLink(path, Path.Combine(outside, "secret")) |> ignore
    | 1 -> File.CreateSymbolicLink(path, "/dev/zero") |> ignore
    | 2 -> File.CreateSymbolicLink(path, outside) |> ignore
    | 3 -> File.CreateSymbolicLink(path, Path.Combine(outside, "new")) |> ignore
    | _ -> SpecialFiles.mkfifo (path, 0o600u) |> ignore

let private line (random: Random) =
    let name = pick random names

    pick random [
        $"{{\"part\":\"{name}\",\"step\":1,\"update\":1,\"lengths\":[1],\"cosines\":[]}}"
        $"{{\"mode\":\"{name}\",\"step\":{pick random numbers},\"{name}\":{pick random numbers}}}"
        String('[', 3000)
        "{\"mode\":\"eval\",\"step\":1,\"success_env_index_0\":\"<script>\"}"
    ]

/// Gives a key of a configuration another value.
let private forgeConfiguration random path =
    let keys =
        Words.split "name seed_ref base_path num_train_steps threads hidden_dim capacity batch_size"

    let key = pick random keys + ": "
    let value = pick random [ "\"" + pick random names + "\""; pick random numbers ]
    File.WriteAllText(path, replaceValue random key value (File.ReadAllText path))

/// A file of a checkpoint with another content, and its length and hash in the manifest.
let private forgeContent (checkpoint: string) random =
    let path =
        Directory.GetFiles(checkpoint, "*.safetensors", SearchOption.AllDirectories)
        |> Array.sort
        |> Fuzz.pick random

    let name = Path.GetRelativePath(checkpoint, path)
    let before = File.ReadAllBytes path
    let forged = ForgedContent.tensors random before
    File.WriteAllBytes(path, forged)

    reseal checkpoint (fun body ->
        let recorded = $"\"name\": \"{name}\",\n      \"bytes\": {before.Length},"
        let stated = recorded.Replace($": {before.Length},", $": {forged.Length},")
        body.Replace(recorded, stated).Replace(sha before, sha forged))

/// Files of a run that can be replaced, with a pattern for those whose names differ.
let private replaceable =
    Words.split
        "config.yaml metrics.jsonl train.log conflicts.jsonl events.out.tfevents.* lock lock.owner-7
        report.md curves.svg checkpoints checkpoints/step-40 checkpoints/tmp-9
        checkpoints/step-40/manifest.json checkpoints/step-40/agent.safetensors
        checkpoints/step-40/environments.safetensors checkpoints/step-40/replay
        checkpoints/step-40/replay/index.safetensors"

let private pathOf (run: string) (name: string) =
    match Directory.GetFiles(run, name.Replace('/', Path.DirectorySeparatorChar)) with
    | [| found |] -> found
    | _ -> Path.Combine(run, name)

/// Makes one change in a run; `outside` is a folder next to it.
let forge (run: string) (outside: string) (random: Random) =
    let checkpoint = Path.Combine(run, "checkpoints/step-40")
    let quoted = "\"" + pick random names + "\""
    let value = pick random numbers

    match random.Next 15 with
    | 0
    | 1 -> reseal checkpoint (replaceValue random "\"name\": " quoted)
    | 2 -> reseal checkpoint (replaceValue random "\"bytes\": " value)
    | 3 -> reseal checkpoint (fun body -> body.Replace("\"train.log\"", quoted))
    | 12 ->
        // A further element of the list of files.
        reseal checkpoint (fun body -> body.Replace("\"files\": [", $"\"files\": [{value},"))
    | 4 ->
        let key =
            pick random [ "step"; "threads"; "format"; "precision"; "facts"; "files"; "logs" ]

        reseal checkpoint (replaceValue random $"\"{key}\": " (pick random [ value; quoted ]))
    | 5
    | 6 -> replaceFile outside random (pathOf run (pick random replaceable))
    | 7 ->
        // A log of events of another content; a run that goes on cuts it to the length of the checkpoint.
        let path = pathOf run "events.out.tfevents.*"
        File.WriteAllBytes(path, Fuzz.mutateBytes random (File.ReadAllBytes path))
    | 8 -> File.AppendAllText(Path.Combine(run, "conflicts.jsonl"), line random + "\n")
    | 9 -> File.AppendAllText(Path.Combine(run, "metrics.jsonl"), line random + "\n")
    | 10 -> forgeConfiguration random (Path.Combine(run, "config.yaml"))
    | _ -> forgeContent checkpoint random

/// Makes one change in a crash bundle.
let forgeBundle (bundle: string) (outside: string) (random: Random) =
    let file name = Path.Combine(bundle, name)
    let tensors = [ "state.safetensors"; "sample.safetensors"; "outcome.safetensors" ]

    match random.Next 8 with
    | 0 -> forgeConfiguration random (file "config.yaml")
    | 1 ->
        let path = file "sample.safetensors"
        let key = pick random [ "threads"; "updates" ]
        File.WriteAllBytes(path, ForgedContent.metadata key random (File.ReadAllBytes path))
    | 2 ->
        replaceFile outside random (file (pick random ("config.yaml" :: "message.txt" :: tensors)))
    | _ ->
        let path = file (pick random tensors)
        File.WriteAllBytes(path, ForgedContent.tensors random (File.ReadAllBytes path))

/// Makes one change in the file of a policy.
let forgePolicy (path: string) (outside: string) (random: Random) =
    match random.Next 8 with
    | 0 -> replaceFile outside random path
    | _ -> File.WriteAllBytes(path, ForgedContent.model random (File.ReadAllBytes path))
