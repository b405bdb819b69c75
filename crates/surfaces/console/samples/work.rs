//! Samples of tasks and of the trail.

use access::Class;
use console::kit::{Icon, Problems};
use console::pages::{
    Choice, EventPage, EventRow, Face, OfferRow, TaskItemRow, TaskPage, TaskRow, TasksPage, TrailFilters,
    TrailPage, event, task, tasks, trail,
};

use super::datasets::dataset_rows;
use super::people::{ago, frame, id, members, now, pager};
use super::{LONG, Sample, sample};

fn row(number: u64, done: u32, state: &str) -> TaskRow {
    let live = state == "Live";
    let ends = if live {
        now().plus(std::time::Duration::from_secs(4_000 + 600 * number))
    } else {
        ago(600 * number)
    };
    TaskRow {
        id: id(number),
        dataset: "chest-x-rays".to_owned(),
        member: ["Wim Otter", "Noor Haddad", "Yuki Tanabe"][number as usize % 3].to_owned(),
        state: state.to_owned(),
        live,
        waiting: 10 - done,
        submitted: done.saturating_sub(1),
        skipped: done.min(1),
        ends,
    }
}

fn offer(name: &str) -> OfferRow {
    OfferRow {
        dataset: name.to_owned(),
        says: "10 items at a time, for 2 hours".to_owned(),
    }
}

fn own(class: Class, offers: Vec<OfferRow>, tasks: Vec<TaskRow>) -> TasksPage {
    TasksPage {
        frame: frame(class),
        dataset: None,
        offers,
        by_name: false,
        figures: (!tasks.is_empty()).then(|| super::review::figures_row("", 217)),
        pager: pager("3 tasks", false),
        tasks,
    }
}

fn task_page(own: bool) -> TaskPage {
    let states = ["Submitted", "Submitted", "Skipped", "Leased", "Leased", "Leased"];
    let items = states.iter().enumerate().map(|(n, state)| TaskItemRow {
        id: id(40 + n as u64),
        name: format!("series-01/chest-{:04}.dcm", 40 + n),
        face: Face::Kind(Icon::Scan, "DICOM".to_owned()),
        state: (*state).to_owned(),
        waiting: *state == "Leased",
        reason: (*state == "Skipped").then(|| "Too blurred to tell".to_owned()),
    });
    TaskPage {
        frame: frame(if own {
            Class::Worker
        } else {
            Class::WorkforceManager
        }),
        task: TaskRow {
            waiting: 3,
            submitted: 2,
            skipped: 1,
            ..row(0, 3, "Live")
        },
        own,
        may_end: !own,
        items: items.collect(),
        problems: Problems::default(),
    }
}

pub(crate) fn event_rows() -> Vec<EventRow> {
    let row = |number: u64,
               who: &str,
               by: &str,
               says: &str,
               action: &str,
               object: Option<(&str, Option<&str>)>,
               outcome: &str| EventRow {
        id: id(5_000 + number),
        at: ago(number * number * 3 + 1),
        who: who.to_owned(),
        by: by.to_owned(),
        says: says.to_owned(),
        action: action.to_owned(),
        object: object.map(|(text, to)| (text.to_owned(), to.map(str::to_owned))),
        outcome: outcome.to_owned(),
        sequence: (number > 0).then_some(18_204 - number),
    };
    let scan = Some(("series-01/chest-0042.dcm", Some("/console/items/1")));
    vec![
        row(
            0,
            "Ada Marsh",
            "Console",
            "Archive an item",
            "item.archive",
            scan,
            "done",
        ),
        row(
            1,
            "Wim Otter",
            "Console",
            "Look at an item",
            "item.view",
            scan,
            "done",
        ),
        row(
            2,
            "Wim Otter",
            "Console",
            "List items",
            "item.browse",
            Some(("chest-x-rays", Some("/console/datasets/chest-x-rays"))),
            "refused",
        ),
        row(
            3,
            "Uma Reyes",
            "nightly import",
            "Put an item into a dataset",
            "item.create",
            Some(("series-01/chest-0043.dcm", Some("/console/items/2"))),
            "done",
        ),
        row(
            4,
            "Uma Reyes",
            "nightly import",
            "Take an item's original bytes",
            "item.download",
            scan,
            "failed",
        ),
        row(
            5,
            "Ada Marsh",
            "Console",
            "Shut a member out",
            "member.disable",
            Some(("Pat Doran", Some("/console/team/9"))),
            "done",
        ),
        row(
            6,
            "Mia Holm",
            "Console",
            "Assign a task",
            "task.assign",
            Some(("chest-x-rays", None)),
            "done",
        ),
        row(
            7,
            "Ada Marsh",
            "Console",
            "Sign the contract",
            "contract.sign",
            None,
            "done",
        ),
    ]
}

fn trail_page(events: Vec<EventRow>, filters: TrailFilters) -> TrailPage {
    let people = members()
        .into_iter()
        .map(|member| (member.id.to_string(), member.name));
    TrailPage {
        frame: frame(Class::Owner),
        filters,
        members: Choice::Listed(people.collect()),
        pager: pager("8 of more events", !events.is_empty()),
        events,
        problems: Problems::default(),
    }
}

fn event_page(number: usize) -> EventPage {
    let json = "{\n  \"action\": \"item.archive\",\n  \"actor\": {\n    \"kind\": \"member\",\n    \"member\": \"0198f0c2-7d3a-7c11-9b1e-000000000001\"\n  },\n  \"at\": \"2026-03-02T14:19:00.000000Z\",\n  \"outcome\": \"done\"\n}";
    EventPage {
        frame: frame(Class::Owner),
        row: event_rows().remove(number),
        json: json.to_owned(),
    }
}

pub(crate) fn all() -> Vec<Sample> {
    let crowd = vec![
        row(1, 4, "Live"),
        row(2, 9, "Live"),
        row(3, 10, "Finished"),
        row(4, 2, "Returned"),
        row(5, 0, "Ended"),
    ];
    let of_dataset = |tasks: Vec<TaskRow>| TasksPage {
        dataset: Some(dataset_rows().remove(0)),
        ..own(Class::WorkforceManager, vec![], tasks)
    };
    let refused = TrailFilters {
        outcome: "refused".to_owned(),
        action: "item.delete".to_owned(),
        from: "2026-03-01".to_owned(),
        ..TrailFilters::default()
    };
    let many = TrailPage {
        members: Choice::Typed,
        problems: Problems::one("member", "There is no member with this address"),
        ..trail_page(
            vec![],
            TrailFilters {
                member: "ada@northlake.exmaple".to_owned(),
                ..TrailFilters::default()
            },
        )
    };
    let mut long = event_rows();
    long[1].object = Some((LONG.repeat(2), Some("#".to_owned())));
    long[1].who = LONG.to_owned();
    vec![
        sample(
            "tasks",
            tasks(&own(
                Class::Worker,
                vec![offer("chest-x-rays"), offer("reader-study-3")],
                vec![row(0, 3, "Live"), row(3, 10, "Finished"), row(6, 4, "Ended")],
            )),
        ),
        sample("tasks-none", tasks(&own(Class::Worker, vec![], vec![]))),
        sample("tasks-crowd", tasks(&of_dataset(crowd))),
        sample("tasks-crowd-none", tasks(&of_dataset(vec![]))),
        sample("task", task(&task_page(true))),
        sample("task-managed", task(&task_page(false))),
        sample("trail", trail(&trail_page(event_rows(), TrailFilters::default()))),
        sample("trail-nothing", trail(&trail_page(vec![], refused))),
        sample("trail-of-many", trail(&many)),
        sample("trail-long", trail(&trail_page(long, TrailFilters::default()))),
        sample("event", event(&event_page(1))),
        sample("event-refused", event(&event_page(2))),
        sample("event-new", event(&event_page(0))),
    ]
}
