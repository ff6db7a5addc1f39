namespace MtrlFunctional.Experiments

open System
open System.Text.RegularExpressions

/// One word of a command line, as written.
type Override =
    /// `key=value`: the key must exist.
    | Set of key: string * value: Value
    /// `+key=value` or `++key=value`: the key may be new.
    | Add of key: string * value: Value
    /// `~key` or `~key=value`: take away, if it has that value.
    | Remove of key: string * value: Value option

/// Who set a key.
[<RequireQualifiedAccess>]
type internal Giver =
    /// A word of the command line. Keys without effect are reported.
    | Hand
    /// A preset.
    | Preset of name: string
    /// A stored configuration, whose keys may have no effect.
    | Stored

/// An override, and who gave it.
type internal GivenWord = { Override: Override; Giver: Giver }

/// Words to overrides and back.
module Overrides =
    /// Programs that start another one, as people paste them before `python`.
    let private launchers =
        set [
            for line in
                [
                    "nohup time env export sudo nice ionice taskset numactl timeout stdbuf"
                    "unbuffer srun mpirun mpiexec torchrun accelerate xvfb-run poetry pipenv"
                    "uv conda mamba micromamba pixi singularity apptainer docker podman"
                    "bash sh screen setsid sbatch salloc deepspeed"
                ] do
                yield! line.Split ' '
        ]

    let private isVariable (word: string) = Regex.IsMatch(word, "^[A-Z0-9_]+=")

    /// Names of garage's examples are presets (`GarageCommand`).
    let private isProgram (word: string) =
        word.EndsWith ".py"
        && not ((string (IO.Path.GetFileName word)).Contains "_metaworld_")

    /// Also behind the sign of a notebook, `!python`.
    let private isPython (word: string) =
        let name = string (IO.Path.GetFileName(word.TrimStart '!'))
        name.StartsWith "python" && not (name.Contains '=')

    let private isLauncher (word: string) =
        launchers.Contains(string (IO.Path.GetFileName(word.TrimStart '!')))

    /// The words behind `python`: without its options and the program; `-m a.b.c` is the program c.py.
    let rec private behindPython words =
        match words with
        | "-u" :: rest
        | "-O" :: rest -> behindPython rest
        | "-m" :: name :: rest when not (name.Contains '=') ->
            let file = $"{name.Substring(name.LastIndexOf '.' + 1)}.py"
            if isProgram file then rest else file :: rest
        | program :: rest when isProgram program -> rest
        | words -> words

    /// Whether a launcher starts several processes, as it does in front of this program, too.
    let private isMpi (word: string) =
        List.contains word [ "mpirun"; "mpiexec"; "srun" ]

    /// The words of a configuration in front of the program, up to a launcher; and the variables and launchers of
    /// several processes.
    let private prefix (words: string list) =
        let front = words |> List.takeWhile (isLauncher >> not)

        front |> List.filter (isVariable >> not),
        words |> List.filter (fun word -> isVariable word || isMpi word)

    /// The words without `PYTHONPATH=. nohup python3 -u main.py` or the like, as the papers' commands begin, wherever it
    /// stands, without the backslashes that end their lines and an `&` at the end; and the variables and launchers of several
    /// processes among them, which have an effect in front of this program only.
    let launched (words: string list) : string list * string list =
        let words =
            words
            |> List.filter (fun word ->
                not (List.contains (word.Trim()) [ ""; "\\"; "&"; "&&"; "$"; "!" ]))

        let start =
            words
            |> List.tryFindIndex (fun word ->
                isPython word || word.EndsWith ".py" && not (word.Contains '='))

        match start with
        | None -> words, []
        | Some at ->
            let before, after = List.splitAt at words
            let kept, variables = prefix before
            let program = if isPython after.Head then after.Tail else after
            kept @ behindPython program, variables

    /// The first result of `launched`.
    let internal dropLauncher words = fst (launched words)

    let private isKey (key: string) =
        let isPart (part: string) =
            part <> ""
            && part |> Seq.forall (fun c -> Char.IsLetterOrDigit c || c = '_' || c = '-')

        // Groups of Hydra's files are written with slashes.
        not (key.StartsWith '-') && key.Split('.', '/') |> Seq.forall isPart

    /// Key and value of `key=value` as they are written; none for another word, and for one that takes a key away.
    let internal split (word: string) =
        match word.IndexOf '=' with
        | n when n > 0 && not (word.StartsWith '~') -> Some(word[.. n - 1], word[n + 1 ..])
        | _ -> None

    /// An override, or what is wrong with the word.
    let parse (word: string) : Result<Override, string> =
        let prefix =
            [ "++"; "+"; "~" ] |> List.tryFind word.StartsWith |> Option.defaultValue ""

        let rest = word.Substring(prefix.Length)

        let key, text =
            match rest.IndexOf '=' with
            | -1 -> rest, None
            | n -> rest[.. n - 1], Some rest[n + 1 ..]

        let withValue make =
            text |> Option.get |> ValueText.parse |> Result.map (fun v -> make (key, v))

        match prefix, text, key.Split '@' with
        | _, Some value, [| group; _ |] when isKey group ->
            Error $"names a package of Hydra, which has no use here; write {group}={value}"
        | _ when not (isKey key) -> Error "is not of the form key=value"
        | "~", None, _ -> Ok(Remove(key, None))
        | _, None, _ -> Error $"has no value; write {word}=value"
        | "~", Some _, _ -> withValue (fun (key, v) -> Remove(key, Some v))
        | ("+" | "++"), _, _ -> withValue Add
        | _ -> withValue Set

    /// The word that `parse` reads as this override.
    let internal print =
        function
        | Set(key, value) -> $"{key}={ValueText.print value}"
        | Add(key, value) -> $"+{key}={ValueText.print value}"
        | Remove(key, None) -> $"~{key}"
        | Remove(key, Some value) -> $"~{key}={ValueText.print value}"
