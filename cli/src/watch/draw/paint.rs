//! Colours, where there may be any. Without them, nothing is told by colour alone.

use daemoneye_bus::alert::Severity;
use ratatui::style::{Color, Modifier, Style};

/// Whether there may be colours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) colours: bool,
}

impl Paint {
    fn colour(self, colour: Color) -> Style {
        if self.colours { Style::new().fg(colour) } else { Style::new() }
    }

    pub(super) fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub(super) fn label(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(super) fn faint(self) -> Style {
        if self.colours { self.colour(Color::DarkGray) } else { Style::new() }
    }

    pub(super) fn good(self) -> Style {
        self.colour(Color::Green)
    }

    pub(super) fn bad(self) -> Style {
        self.colour(Color::Red).add_modifier(Modifier::BOLD)
    }

    pub(super) fn line(self) -> Style {
        self.colour(Color::Cyan)
    }

    pub(super) fn severity(self, severity: Severity) -> Style {
        match severity {
            Severity::Info => self.faint(),
            Severity::Low => self.colour(Color::Cyan),
            Severity::Medium => self.colour(Color::Yellow),
            Severity::High => self.colour(Color::Red),
            Severity::Critical => self.bad(),
        }
    }
}
