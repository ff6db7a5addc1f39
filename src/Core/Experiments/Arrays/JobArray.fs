namespace MtrlFunctional.Experiments

open System
open MtrlFunctional

/// The runs of a sweep as one array of Slurm: run i of the sweep is its member i.
type JobArray = {
    /// Name of the job.
    Name: string
    /// Folder of the sweep, in which its file and the logs of the members are.
    Folder: string
    /// Name of its file.
    File: string
    /// Where the command was given; paths are relative to it.
    WorkingFolder: string
    /// Folder in which the paths of the runs begin.
    Root: string
    /// The words of the sweep.
    Words: string list
    /// What starts the program.
    Program: string list
    /// Every run of the sweep: its path from the root, and the words that train it alone.
    Members: (string * string list) list
    /// Indices of the runs to train, ascending.
    Open: int list
    Cluster: Cluster
}

/// The text for `sbatch`, which is all that is remembered of an array beside the folders of its runs.
module JobArray =
    /// Name of the file of a sweep.
    let ofSweep = "array.sbatch"

    /// Name of the file of a search.
    let ofSearch = "tune.sbatch"

    /// Name of the log of a member, by its index.
    let log (index: string) = $"array-{index}.log"

    /// "0-3,7": ascending numbers as Slurm lists them.
    let internal ranges (numbers: int list) =
        let add runs number =
            match runs with
            | (first, last) :: rest when last + 1 = number -> (first, number) :: rest
            | _ -> (number, number) :: runs

        numbers
        |> List.fold add []
        |> List.rev
        |> List.map (fun (first, last) -> if first = last then string first else $"{first}-{last}")
        |> String.concat ","

    /// A text in a line of options.
    let private quoted (text: string) =
        "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\""

    let private options (job: JobArray) = [
        let cluster = job.Cluster
        // % begins a pattern of Slurm.
        let log = job.Folder.Replace("%", "%%") + "/" + log "%a"
        $"--job-name={quoted job.Name}"
        $"--array={ranges job.Open}"
        $"--chdir={quoted job.WorkingFolder}"
        $"--output={quoted log}"
        "--open-mode=append"
        "--requeue"
        $"--signal=B:USR1@{cluster.Save}"

        for name, value in
            [
                "partition", cluster.Partition
                "account", cluster.Account
                "time", Option.map Cluster.timeText cluster.Time
                "cpus-per-task", Option.map string cluster.Cpus
                "gres", cluster.Gpus |> Option.map (fun gpus -> $"gpu:{gpus}")
                "mem", cluster.Memory
            ] do
            match value with
            | Some value -> $"--{name}={value}"
            | None -> ()

        yield! cluster.Extra
    ]

    let private command words =
        words |> List.map Shell.quoted |> String.concat " "

    let private wordsMark = "# words: "

    /// The line that begins a start of a run in the log of its member.
    let startLine (run: string) (host: string) = $"mtrl: {run} starts on {host}"

    let private jobMark = ", job "

    /// The number of the job in such a line; none of a member of this machine.
    let internal jobOf (line: string) =
        match line.LastIndexOf jobMark with
        | -1 -> None
        | at -> Some(line.Substring(at + jobMark.Length))

    /// Begins the line that ends it, before the exit code.
    let endMark = "mtrl: exit code "

    /// The file. A member is asked by USR1 to save, and queued again where its folder has a new checkpoint, unless it was
    /// cancelled.
    let text (job: JobArray) =
        let words = Value.OfTexts job.Words
        let words = (Yaml.print (fun _ -> None) [ "words", words ]).TrimEnd()
        let launch = job.Cluster.Launch |> Option.map (fun words -> words + " ")

        [
            "#!/bin/bash"
            "# Written by 'mtrl submit', and anew each time: one member of the array is one run of the sweep."
            "# " + words
            for option in options job do
                $"#SBATCH {option}"
            ""
            "case $SLURM_ARRAY_TASK_ID in"
            for index in job.Open do
                let run, words = job.Members[index]
                $"{index}) run={Shell.quoted run}; set -- {command words} ;;"
            "esac"
            "echo \"" + startLine "$run" $"$(hostname){jobMark}$SLURM_JOB_ID" + "\""
            $"saved() {{ ls {Shell.quoted job.Root}/\"$run\"/checkpoints 2>/dev/null; }}"
            "before=$(saved)"
            "ended="
            $"{Option.defaultValue String.Empty launch}{command job.Program} \"$@\" &"
            "member=$!"
            "# Slurm sends USR1 to this shell alone, before the limit, and TERM (scancel) to the member as well."
            "trap 'again=1; kill -USR1 $member' USR1"
            "trap 'again=1; ended=1' TERM"
            "while again=; wait $member; code=$?; [ \"$again\" ]; do :; done"
            "# Otherwise a limit that is too short for a step would queue the run again for ever."
            "case $ended$code in 85 | 138)"
            "    if [ \"$before\" = \"$(saved)\" ]; then"
            "        echo \"mtrl: $run saved nothing new within its limit of time, and is not queued again. Submit it with a longer --time.\""
            "        code=1"
            "    fi ;;"
            "esac"
            $"echo \"{endMark}$code\""
            "case $ended$code in 85 | 138) scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\" ;; esac"
            "exit $code"
            ""
        ]
        |> String.concat "\n"

    /// The words of the sweep in such a text; none: it is another.
    let wordsOf (text: string) =
        text.Split '\n'
        |> Array.tryFind _.StartsWith(wordsMark)
        |> Option.bind (fun line ->
            match Yaml.parse (line.Substring 2) with
            | Ok [ _, Value.List words ] -> Some(List.choose Codec.text.Read words)
            | _ -> None)
